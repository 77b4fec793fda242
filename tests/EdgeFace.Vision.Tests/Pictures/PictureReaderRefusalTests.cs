using System.Buffers.Binary;
using System.Text;
using EdgeFace.Core;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Vision.Tests.Pictures;

public sealed class PictureReaderRefusalTests
{
    [Theory]
    [InlineData("GIF89a..", "47 49 46 38 39 61 2E 2E; looks like GIF")]
    [InlineData("RIFF\u0001\u0002\u0003\u0004WEBPVP8 ", "52 49 46 46 01 02 03 04; looks like WebP")]
    [InlineData("BM\u0001\u0002", "42 4D 01 02; looks like BMP")]
    [InlineData("\0\0\0\u0018ftypheic", "00 00 00 18 66 74 79 70; looks like HEIC")]
    [InlineData("\0\0\0\u0018ftypmif1", "00 00 00 18 66 74 79 70; looks like HEIC")]
    [InlineData("\0\0\0\u0018ftypavif", "00 00 00 18 66 74 79 70; looks like AVIF")]
    [InlineData("\0\0\0\u0018ftypisom", "00 00 00 18 66 74 79 70; looks like a film")]
    [InlineData("II*\0\u0008\0\0\0", "49 49 2A 00 08 00 00 00; looks like TIFF or a camera's raw file")]
    [InlineData("MM\0*\0\0\0\u0008", "4D 4D 00 2A 00 00 00 08; looks like TIFF or a camera's raw file")]
    [InlineData("<html>", "3C 68 74 6D 6C 3E; looks like a web page")]
    [InlineData("%PDF-1.7", "25 50 44 46 2D 31 2E 37; looks like PDF")]
    [InlineData("hello", "68 65 6C 6C 6F")]
    [InlineData("x", "78")]
    public void Other_formats_are_named(string content, string described)
    {
        var message = Refusal(Encoding.Latin1.GetBytes(content));

        Assert.Equal($"a.jpg is not a JPEG or PNG picture (it begins with {described}): convert it to JPEG or PNG first", message);
    }

    [Fact]
    public void Empty_file_is_refused() => Assert.Equal("a.jpg is empty (0 bytes): copy or export it anew", Refusal([]));

    [Fact]
    public void File_above_64_MiB_is_refused_unread()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("large.jpg");
        using (var file = File.Create(path))
            file.SetLength(PictureReader.MaxFileBytes + 1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.Throws<InputException>(() => PictureReader.Read(path));

        Assert.Equal($"{path} has 67,108,865 bytes; at most 67,108,864 (64 MiB) are read: make the picture smaller", e.Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Endless_file_is_refused()
    {
        var e = Assert.Throws<InputException>(() => PictureReader.Read("/dev/zero"));

        Assert.Equal("/dev/zero has 67,108,865 bytes; at most 67,108,864 (64 MiB) are read: make the picture smaller", e.Message);
    }

    [Theory]
    [InlineData("baseline-420.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("restart.jpg")]
    public void Jpeg_cut_anywhere_is_refused(string file)
    {
        var jpeg = GoldenPicture.Bytes(file);
        for (var length = 3; length < jpeg.Length; length++)
        {
            var message = Refusal(jpeg[..length]);
            Assert.StartsWith("a.jpg is a damaged or truncated JPEG picture (", message, StringComparison.Ordinal);
            Assert.EndsWith("): copy or export it anew", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Jpeg_cut_in_its_pixels_says_so()
    {
        var jpeg = GoldenPicture.Bytes("baseline-420.jpg");

        Assert.Equal(
            "a.jpg is a damaged or truncated JPEG picture (Premature end of JPEG file): copy or export it anew", Refusal(jpeg[..^100]));
    }

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("interlaced.png")]
    [InlineData("animated.png")]
    public void Png_cut_anywhere_is_refused(string file)
    {
        var png = GoldenPicture.Bytes(file);
        for (var length = 8; length < png.Length; length++)
            Assert.StartsWith("a.jpg is a damaged or truncated PNG picture (", Refusal(png[..length]), StringComparison.Ordinal);
        Assert.EndsWith("(it ends after 40 bytes without the chunk IEND): copy or export it anew", Refusal(png[..40]), StringComparison.Ordinal);
    }

    [Fact]
    public void Png_with_a_flipped_bit_in_its_pixels_is_refused()
    {
        var png = GoldenPicture.Bytes("rgb.png");
        png[png.AsSpan().IndexOf("IDAT"u8) + 40] ^= 0x10;

        Assert.StartsWith("a.jpg is a damaged or truncated PNG picture (IDAT: ", Refusal(png), StringComparison.Ordinal);
    }

    [Fact]
    public void Png_with_a_wrong_checksum_is_refused()
    {
        var png = GoldenPicture.Bytes("rgb.png");
        png[^13] ^= 1;

        Assert.Equal("a.jpg is a damaged or truncated PNG picture (IDAT: CRC error): copy or export it anew", Refusal(png));
    }

    [Fact]
    public void Png_with_a_length_that_lies_is_refused()
    {
        var png = GoldenPicture.Bytes("rgb.png");
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(png.AsSpan().IndexOf("IDAT"u8) - 4), 0x7FFFFFFF);

        Assert.Equal(
            $"a.jpg is a damaged or truncated PNG picture (the chunk at byte 33 claims 2147483647 bytes, {png.Length - 45} are left): copy or export it anew",
            Refusal(png));
    }

    [Theory]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    [InlineData(3_078_818_334, 3_000_000_000)]
    [InlineData(uint.MaxValue, 1)]
    [InlineData(50_000_001, 1)]
    [InlineData(10_000, 5_001)]
    public void Png_with_a_huge_header_is_refused_before_memory_is_taken(uint width, uint height)
    {
        var png = GoldenPicture.Bytes("rgb.png");
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(20), height);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal($"a.jpg has {width} x {height} pixels; at most 50,000,000 are read: scale it down first", Refusal(png));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Interlaced_png_of_16_bits_is_refused() => Assert.Equal(
        "a.jpg is an interlaced PNG picture of 16 bits a channel, which cannot be read safely: save it without interlacing or with 8 bits first",
        Refusal(GoldenPicture.Bytes("interlaced16.png")));

    [Fact]
    public void Png_of_no_pixels_is_refused()
    {
        var png = GoldenPicture.Bytes("rgb.png");
        png.AsSpan(16, 4).Clear();

        Assert.Equal("a.jpg is a damaged or truncated PNG picture (its header says 0 x 29 pixels): copy or export it anew", Refusal(png));
    }

    [Theory]
    [InlineData("baseline-420.jpg", 0xC0)]
    [InlineData("progressive.jpg", 0xC2)]
    public void Jpeg_with_a_huge_header_is_refused_before_memory_is_taken(string file, byte startOfFrame)
    {
        var jpeg = GoldenPicture.Bytes(file);
        var at = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, startOfFrame]);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(at + 5), 65_500);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(at + 7), 65_499);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("a.jpg has 65499 x 65500 pixels; at most 50,000,000 are read: scale it down first", Refusal(jpeg));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Theory]
    [InlineData("cmyk.jpg", "CMYK")]
    [InlineData("ycck.jpg", "YCCK")]
    public void Jpeg_for_print_is_refused(string file, string stored) => Assert.Equal(
        $"a.jpg is a JPEG picture in {stored}, the colours of a printer: convert it to RGB first", Refusal(GoldenPicture.Bytes(file)));

    [Fact]
    public void Message_stays_on_one_line_whatever_the_name_holds()
    {
        var e = Assert.Throws<InputException>(() => PictureReader.Decode([], "a\nb\u001b[31m\u2028c"));

        Assert.Equal("a?b?[31m?c is empty (0 bytes): copy or export it anew", e.Message);
    }

    private static string Refusal(byte[] bytes) => Assert.Throws<InputException>(() => PictureReader.Decode(bytes, "a.jpg")).Message;
}
