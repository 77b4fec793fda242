using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Tests;

public sealed class TensorWriterTests
{
    private const float Mean = 127;
    private const float Scale = 1 / 128f;

    [Theory]
    [InlineData(ChannelOrder.Bgr, 0, 1, 2)]
    [InlineData(ChannelOrder.Rgb, 2, 1, 0)]
    public void WriteNchw_puts_each_channel_into_its_plane(ChannelOrder order, int first, int second, int third)
    {
        var frame = Pixels.Noise(new Random(21), 37, 5);
        var plane = frame.Width * frame.Height;
        var tensor = new float[3 * plane];

        TensorWriter.WriteNchw(frame, tensor, order, Mean, Scale);

        for (var i = 0; i < plane; i++)
        {
            Assert.Equal((frame.Pixels[3 * i + first] - Mean) * Scale, tensor[i]);
            Assert.Equal((frame.Pixels[3 * i + second] - Mean) * Scale, tensor[plane + i]);
            Assert.Equal((frame.Pixels[3 * i + third] - Mean) * Scale, tensor[2 * plane + i]);
        }
    }

    [Fact]
    public void WriteNchw_in_gray_is_the_gray_picture()
    {
        var frame = Golden.Frame("gray-source");
        var gray = Golden.Frame("gray");
        var ofColour = new float[frame.Width * frame.Height];
        var ofGray = new float[ofColour.Length];

        TensorWriter.WriteNchw(frame, ofColour, ChannelOrder.Gray, 0, 1 / 256f);
        TensorWriter.WriteNchw(gray, ofGray, ChannelOrder.Gray, 0, 1 / 256f);

        Assert.Equal(gray.Pixels.Select(level => level / 256f), ofColour);
        Assert.Equal(ofColour, ofGray);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        var frame = new Frame(4, 4, PixelFormat.Bgr24);
        Assert.Throws<ArgumentException>("tensor", () => TensorWriter.WriteNchw(frame, new float[47], ChannelOrder.Rgb, 0, 1));
        Assert.Throws<ArgumentException>("tensor", () => TensorWriter.WriteNchw(frame, new float[48], ChannelOrder.Gray, 0, 1));
        Assert.Throws<ArgumentException>("bgr", () => TensorWriter.WriteNchw(new Frame(4, 4, PixelFormat.Gray8), new float[48], ChannelOrder.Rgb, 0, 1));
    }
}
