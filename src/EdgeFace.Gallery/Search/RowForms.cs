using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace EdgeFace.Gallery;

/// <summary>The small forms of a template, several values at a time where the machine can; what is left over, and the tests, one by one.</summary>
internal static class RowForms
{
    /// <summary>Symmetric: the largest magnitude becomes 127.</summary>
    /// <returns>What a value of 1 stands for.</returns>
    public static float Quantize(ReadOnlySpan<float> vector, Span<sbyte> values)
    {
        var scale = MathF.Abs(TensorPrimitives.MaxMagnitude(vector)) / 127;
        var inverse = scale > 0 ? 1 / scale : 0;
        var done = 0;
        for (; Vector128.IsHardwareAccelerated && done + 16 <= vector.Length; done += 16)
        {
            Vector128.Narrow(
                Vector128.Narrow(Rounded(vector, done, inverse), Rounded(vector, done + 4, inverse)),
                Vector128.Narrow(Rounded(vector, done + 8, inverse), Rounded(vector, done + 12, inverse))).CopyTo(values[done..]);
        }

        QuantizeScalar(vector[done..], inverse, values[done..]);
        return scale;
    }

    /// <summary>Bit i is set where value i is above 0.</summary>
    public static void PackSigns(ReadOnlySpan<float> vector, Span<ulong> words)
    {
        words.Clear();
        var done = 0;
        for (; Vector128.IsHardwareAccelerated && done + 4 <= vector.Length; done += 4)
        {
            ulong bits = Vector128.GreaterThan(Vector128.Create(vector.Slice(done, 4)), Vector128<float>.Zero).ExtractMostSignificantBits();
            words[done / 64] |= bits << (done % 64);
        }

        PackSignsScalar(vector, done, words);
    }

    internal static void QuantizeScalar(ReadOnlySpan<float> vector, float inverse, Span<sbyte> values)
    {
        for (var i = 0; i < vector.Length; i++)
            values[i] = (sbyte)Math.Clamp(MathF.Round(vector[i] * inverse), -127, 127);
    }

    internal static void PackSignsScalar(ReadOnlySpan<float> vector, int from, Span<ulong> words)
    {
        for (var i = from; i < vector.Length; i++)
        {
            if (vector[i] > 0)
                words[i / 64] |= 1UL << (i % 64);
        }
    }

    private static Vector128<int> Rounded(ReadOnlySpan<float> vector, int at, float inverse)
        => Vector128.ConvertToInt32(Vector128.Clamp(
            Vector128.Round(Vector128.Create(vector.Slice(at, 4)) * inverse), Vector128.Create(-127f), Vector128.Create(127f)));
}
