using System.Diagnostics;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Vision.Tests.Pictures;

/// <summary>What is written is read back by ffmpeg, whose decoders share nothing with the encoders used here.</summary>
public sealed class PictureWriterTests
{
    [Fact]
    public void Png_holds_exactly_the_pixels()
    {
        using var folder = new TemporaryFolder();
        var frame = GoldenPicture.Expected("rgb");
        PngWriter.Write(frame, folder.File("a.png"));

        GoldenPicture.AssertClose(frame, ReadWithFfmpeg(folder.File("a.png"), frame.Width, frame.Height), largest: 0, mean: 0);
        GoldenPicture.AssertClose(frame, PictureReader.Read(folder.File("a.png")), largest: 0, mean: 0);
    }

    /// <summary>Noise does not compress: the file is as large as it can get.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3000)]
    [InlineData(3000, 1)]
    [InlineData(333, 777)]
    public void Png_of_noise_holds_exactly_the_pixels(int width, int height)
    {
        var frame = new Frame(width, height, PixelFormat.Bgr24);
        new Random(5).NextBytes(frame.Pixels);

        GoldenPicture.AssertClose(frame, PictureReader.Decode(PngWriter.Encode(frame), "noise"), largest: 0, mean: 0);
    }

    [Fact]
    public void Jpeg_holds_nearly_the_pixels()
    {
        using var folder = new TemporaryFolder();
        var frame = Gradient(96, 64);
        JpegWriter.Write(frame, folder.File("a.jpg"));

        // ffmpeg's own conversion from YUV to BGR rounds differently.
        GoldenPicture.AssertClose(frame, ReadWithFfmpeg(folder.File("a.jpg"), frame.Width, frame.Height), largest: 12, mean: 3);
        GoldenPicture.AssertClose(frame, PictureReader.Read(folder.File("a.jpg")), largest: 8, mean: 1.5);
    }

    [Fact]
    public void Jpeg_of_higher_quality_is_larger()
    {
        var frame = new Frame(64, 64, PixelFormat.Bgr24);
        new Random(6).NextBytes(frame.Pixels);

        var sizes = new[] { 1, 50, 90, 100 }.Select(quality => JpegWriter.Encode(frame, quality).Length).ToArray();

        Assert.Equal(sizes.Order(), sizes);
        Assert.Equal(JpegWriter.Encode(frame).Length, sizes[2]);
        Assert.Equal(sizes.Length, sizes.Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Jpeg_quality_outside_1_to_100_is_refused(int quality) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => JpegWriter.Encode(Gradient(8, 8), quality));

    [Fact]
    public void Other_pixel_formats_are_refused()
    {
        Assert.Throws<ArgumentException>(() => JpegWriter.Encode(new Frame(8, 8, PixelFormat.Gray8)));
        Assert.Throws<ArgumentException>(() => PngWriter.Encode(new Frame(8, 8, PixelFormat.I420)));
    }

    [Fact]
    public void Sides_that_the_format_does_not_have_are_refused()
    {
        var jpeg = Assert.Throws<InputException>(() => JpegWriter.Encode(new Frame(65_501, 1, PixelFormat.Bgr24)));
        Assert.StartsWith("a frame of 65501 x 1 pixels cannot be encoded as JPEG (", jpeg.Message, StringComparison.Ordinal);
        var png = Assert.Throws<InputException>(() => PngWriter.Encode(new Frame(1_000_001, 1, PixelFormat.Bgr24)));
        Assert.StartsWith("a frame of 1000001 x 1 pixels cannot be encoded as PNG (", png.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_is_replaced_and_nothing_left_beside_it()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.png");
        File.WriteAllText(path, "what was there");

        PngWriter.Write(GoldenPicture.Expected("rgb"), path);

        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
        GoldenPicture.AssertClose(GoldenPicture.Expected("rgb"), PictureReader.Read(path), largest: 0, mean: 0);
    }

    [Fact]
    public void Folder_that_is_not_there_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "none", "a.png");

        Assert.Equal($"{path} cannot be written, its folder does not exist: make it first", Refusal(path));
    }

    [Fact]
    public void Folder_in_place_of_the_file_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.png");
        Directory.CreateDirectory(path);

        Assert.Equal($"{path} is a folder and cannot be written as a picture: name a file in it", Refusal(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Empty_path_is_refused() => Assert.Equal("the path to write a picture to is empty: name a file", Refusal(""));

    private static string Refusal(string path) => Assert.Throws<InputException>(() => PngWriter.Write(Gradient(8, 8), path)).Message;

    private static Frame Gradient(int width, int height)
    {
        var frame = new Frame(width, height, PixelFormat.Bgr24);
        for (var i = 0; i < frame.Pixels.Length; i++)
        {
            var (x, y) = (i / 3 % width, i / 3 / width);
            frame.Pixels[i] = (byte)(40 + (i % 3 == 0 ? x : i % 3 == 1 ? y : (x + y) / 2));
        }

        return frame;
    }

    private static Frame ReadWithFfmpeg(string path, int width, int height)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true };
        foreach (var argument in new[] { "-v", "error", "-i", path, "-f", "rawvideo", "-sws_flags", "accurate_rnd+full_chroma_int", "-pix_fmt", "bgr24", "-" })
            start.ArgumentList.Add(argument);
        using var ffmpeg = Process.Start(start)!;
        using var pixels = new MemoryStream();
        ffmpeg.StandardOutput.BaseStream.CopyTo(pixels);
        ffmpeg.WaitForExit();
        Assert.Equal(0, ffmpeg.ExitCode);
        var frame = new Frame(width, height, PixelFormat.Bgr24);
        Assert.Equal(frame.Pixels.Length, pixels.Length);
        pixels.ToArray().CopyTo(frame.Pixels, 0);
        return frame;
    }
}
