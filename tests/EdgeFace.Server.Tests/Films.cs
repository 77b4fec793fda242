using System.Diagnostics;
using System.Globalization;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>Pictures of the demo's films.</summary>
internal static class Films
{
    /// <summary>A frame of a film as JPEG, changed by a filter of ffmpeg.</summary>
    public static byte[] Still(string film, double second, string filter = "null")
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("still.jpg");
        Ffmpeg("-ss", second.ToString(CultureInfo.InvariantCulture), "-i", Clips.Path(film), "-vf", filter, "-frames:v", "1", "-q:v", "2", path);
        return File.ReadAllBytes(path);
    }

    public static void Ffmpeg(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-y", .. arguments]) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }
}
