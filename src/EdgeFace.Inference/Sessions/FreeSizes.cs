using Microsoft.ML.OnnxRuntime;

namespace EdgeFace.Inference;

/// <summary>
/// Models that leave height and width free, under these two names. They are told to the runtime before it plans: it then works with
/// fixed shapes, with the kernels and in the memory of a file that was made for this size.
/// </summary>
internal static class FreeSizes
{
    public const string Height = "height";
    public const string Width = "width";

    /// <param name="options">Of the session to be opened. For a model without these names it makes no difference.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    public static void Fix(SessionOptions options, int height, int width)
    {
        options.AddFreeDimensionOverrideByName(Height, height);
        options.AddFreeDimensionOverrideByName(Width, width);
    }
}
