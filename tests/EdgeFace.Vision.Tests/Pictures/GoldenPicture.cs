using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;

namespace EdgeFace.Vision.Tests.Pictures;

/// <summary>The pictures of tests/golden/pictures, which generate.py there makes with Pillow, OpenCV and ImageMagick.</summary>
internal static class GoldenPicture
{
    internal static string PathOf(string file) => Repository.Golden(Path.Combine("pictures", file));

    internal static byte[] Bytes(string file) => File.ReadAllBytes(PathOf(file));

    /// <summary>Expected pixels: an array of numpy, uint8, height x width x 3, BGR, as <c>numpy.save</c> writes it (version 1.0).</summary>
    internal static Frame Expected(string name)
    {
        var bytes = Bytes(name + ".npy");
        var headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        var header = Encoding.ASCII.GetString(bytes, 10, headerLength);
        Assert.Contains("'descr': '|u1', 'fortran_order': False", header, StringComparison.Ordinal);
        var shape = header[(header.IndexOf('(', StringComparison.Ordinal) + 1)..header.IndexOf(')', StringComparison.Ordinal)].Split(',');
        Assert.Equal(3, int.Parse(shape[2], CultureInfo.InvariantCulture));
        var frame = new Frame(
            int.Parse(shape[1], CultureInfo.InvariantCulture), int.Parse(shape[0], CultureInfo.InvariantCulture), PixelFormat.Bgr24);
        bytes.AsSpan(10 + headerLength).CopyTo(frame.Pixels);
        return frame;
    }

    internal static void AssertClose(Frame expected, Frame actual, int largest, double mean)
    {
        Assert.Equal((expected.Width, expected.Height, expected.Format), (actual.Width, actual.Height, actual.Format));
        var (sum, worst, at) = (0L, -1, 0);
        for (var i = 0; i < expected.Pixels.Length; i++)
        {
            var difference = Math.Abs(expected.Pixels[i] - actual.Pixels[i]);
            sum += difference;
            if (difference > worst)
                (worst, at) = (difference, i);
        }

        var pixel = at / 3;
        Assert.True(
            worst <= largest && sum <= mean * expected.Pixels.Length,
            $"largest difference {worst} (allowed {largest}) at x={pixel % expected.Width} y={pixel / expected.Width} channel {at % 3}; "
            + $"mean {(double)sum / expected.Pixels.Length:F3} (allowed {mean})");
    }
}
