using System.Buffers.Binary;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Vision.Tests.Pictures;

public sealed class ExifOrientationTests
{
    [Theory]
    [InlineData("")]
    [InlineData("4D4D")]
    [InlineData("4D4D002A000000")]
    [InlineData("4D4D002AFFFFFFFF")] // the directory lies far outside
    [InlineData("4D4D002A00000007")] // its count lies half outside
    [InlineData("4D4D002A00000008FFFF")] // it says 65535 entries and has none
    [InlineData("4D4D002A0000000800010112000300000001")] // the entry is cut
    [InlineData("4D4D002A000000080001011200030000000100000000")] // value 0
    [InlineData("4D4D002A000000080001011200030000000100090000")] // value 9
    [InlineData("4D4D002A000000080001011200030000000200060000")] // two values
    [InlineData("4D4D002A000000080001011200020000000100060000")] // text
    [InlineData("4D4D002B000000080001011200030000000100060000")] // not TIFF
    [InlineData("4949002A000000080001011200030000000100060000")] // mixed byte orders
    public void Malformed_block_means_upright(string hex) => Assert.Equal(1, ExifOrientation.OfTiff(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("4D4D002A000000080001011200030000000100060000", 6)]
    [InlineData("49492A0008000000010012010300010000000800", 1)] // cut by two bytes
    [InlineData("49492A00080000000100120103000100000008000000", 8)]
    [InlineData("4D4D002A000000080001011200040000000100000003", 3)] // as LONG
    [InlineData("4D4D002A0000000A00000001011200030000000100050000", 5)] // a gap before the directory
    public void Well_formed_block_is_read(string hex, int orientation) =>
        Assert.Equal(orientation, ExifOrientation.OfTiff(Convert.FromHexString(hex)));

    [Fact]
    public void Random_blocks_never_reach_outside()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var tiff = new byte[random.Next(0, 64)];
            random.NextBytes(tiff);
            if (tiff.Length >= 8)
            {
                (random.Next(2) == 0 ? "II*\0"u8 : "MM\0*"u8).CopyTo(tiff);
                tiff.AsSpan(tiff[0] == 'I' ? 5 : 4, 3).Clear();
            }

            Assert.InRange(ExifOrientation.OfTiff(tiff), 1, 8);
        }
    }

    /// <summary>A picture is worth more than its EXIF block.</summary>
    [Fact]
    public void Picture_with_malformed_exif_is_read_as_stored()
    {
        var jpeg = GoldenPicture.Bytes("orientation-1-little.jpg");
        var block = jpeg.AsSpan().IndexOf("II*\0"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(jpeg.AsSpan(block + 4), uint.MaxValue);

        GoldenPicture.AssertClose(GoldenPicture.Expected("orientation"), PictureReader.Decode(jpeg, "a.jpg"), largest: 12, mean: 1);
    }

    [Fact]
    public void Exif_after_other_segments_is_found()
    {
        var jpeg = GoldenPicture.Bytes("orientation-6-big.jpg");
        byte[] xmp = [0xFF, 0xE1, 0, 8, .. "http:/"u8];
        byte[] filled = [0xFF, 0xFF, 0xFF, 0xFE, 0, 4, .. "hi"u8];
        byte[] longer = [.. jpeg[..2], .. xmp, .. filled, .. jpeg[2..]];

        Assert.Equal(6, ExifOrientation.OfTiff(JpegExif.Find(longer)));
        GoldenPicture.AssertClose(GoldenPicture.Expected("orientation"), PictureReader.Decode(longer, "a.jpg"), largest: 12, mean: 1);
    }

    [Theory]
    [InlineData("FFD8")]
    [InlineData("FFD8FFE1")]
    [InlineData("FFD8FFE10001")]
    [InlineData("FFD8FFE1FFFF457869660000")]
    [InlineData("FFD8FFE10004457869660000")]
    [InlineData("FFD8FFDA0002FFE1000A457869660000AAAA")] // behind the start of the pixels
    [InlineData("FFD800FFE1000A457869660000AAAA")]
    public void Segments_that_lie_have_no_exif(string hex) => Assert.True(JpegExif.Find(Convert.FromHexString(hex)).IsEmpty);
}
