namespace EdgeFace.Vision;

/// <summary>Bytes to planes of floats: value = (byte - mean) * scale, two roundings in this order on every instruction set.</summary>
internal static class PlaneKernel
{
    public static void Split(ReadOnlySpan<byte> bgr, Span<float> blue, Span<float> green, Span<float> red, float mean, float scale)
        => SplitScalar(bgr, blue, green, red, mean, scale, 0);

    public static void Single(ReadOnlySpan<byte> values, Span<float> plane, float mean, float scale) => SingleScalar(values, plane, mean, scale, 0);

    internal static void SplitScalar(
        ReadOnlySpan<byte> bgr, Span<float> blue, Span<float> green, Span<float> red, float mean, float scale, int from)
    {
        for (var i = from; i < blue.Length; i++)
        {
            blue[i] = (bgr[3 * i] - mean) * scale;
            green[i] = (bgr[3 * i + 1] - mean) * scale;
            red[i] = (bgr[3 * i + 2] - mean) * scale;
        }
    }

    internal static void SingleScalar(ReadOnlySpan<byte> values, Span<float> plane, float mean, float scale, int from)
    {
        for (var i = from; i < plane.Length; i++)
            plane[i] = (values[i] - mean) * scale;
    }
}
