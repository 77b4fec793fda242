using EdgeFace.Vision;

namespace EdgeFace.Inference;

internal static class ModelColourExtensions
{
    public static ChannelOrder ToChannelOrder(this ModelColour colour) => colour switch
    {
        ModelColour.Bgr => ChannelOrder.Bgr,
        ModelColour.Rgb => ChannelOrder.Rgb,
        _ => ChannelOrder.Gray,
    };
}
