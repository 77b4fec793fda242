namespace EdgeFace.TestKit.Capture;

/// <summary>One H.264 stream of 10 frames of 160x120 and then 10 of 320x240, as a camera sends when its settings change.</summary>
public static class TwoSizes
{
    /// <summary>Writes <c>two-sizes.ts</c>, and returns its path.</summary>
    public static string Write(TemporaryFolder folder, int framesEach = 10)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var path = folder.File("two-sizes.ts");
        var elementary = folder.File("two-sizes.h264");
        using (var both = File.Create(elementary))
        {
            foreach (var (width, height) in new[] { (160, 120), (320, 240) })
            {
                var part = folder.File($"{width}.h264");
                FfmpegTool.Run([
                    .. NumberedClip.Input(width, height, 10), "-frames:v", $"{framesEach}", "-pix_fmt", "yuv420p", "-c:v", "libx264",
                    "-bf", "0", "-g", "5", part]);
                using var bytes = File.OpenRead(part);
                bytes.CopyTo(both);
            }
        }

        // Times anew, in MPEG's 90 kHz: one stream without a seam.
        FfmpegTool.Run("-framerate", "10", "-f", "h264", "-i", elementary, "-c", "copy", "-bsf:v", "setts=ts=N*9000", "-f", "mpegts", path);
        return path;
    }
}
