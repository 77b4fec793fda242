using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Vision;

/// <summary>
/// Bytes to planes of floats: value = (byte - mean) * scale, two roundings in this order on every instruction set. 16 values
/// a step, widened to 32 bits in order; the rest goes through the scalar twin.
/// </summary>
internal static unsafe class PlaneKernel
{
    private const int Step = 16;

    /// <param name="bgr">Three bytes a pixel.</param>
    /// <param name="blue">One value a pixel, as the two others.</param>
    /// <param name="green">Plane of the second channel.</param>
    /// <param name="red">Plane of the third channel.</param>
    /// <param name="mean">Subtracted first.</param>
    /// <param name="scale">Multiplied then.</param>
    public static void Split(ReadOnlySpan<byte> bgr, Span<float> blue, Span<float> green, Span<float> red, float mean, float scale)
    {
        bgr = bgr[..(3 * blue.Length)];
        var done = Vector128.IsHardwareAccelerated ? blue.Length / Step * Step : 0;
        fixed (byte* source = bgr)
        fixed (float* b = blue, g = green[..blue.Length], r = red[..blue.Length])
        {
            for (var i = 0; i < done; i += Step)
            {
                var channels = Simd.Load3(source + 3 * i);
                Write(channels.Blue, b + i, mean, scale);
                Write(channels.Green, g + i, mean, scale);
                Write(channels.Red, r + i, mean, scale);
            }
        }

        SplitScalar(bgr, blue, green, red, mean, scale, done);
    }

    public static void Single(ReadOnlySpan<byte> values, Span<float> plane, float mean, float scale)
    {
        values = values[..plane.Length];
        var done = Vector128.IsHardwareAccelerated ? plane.Length / Step * Step : 0;
        fixed (byte* source = values)
        fixed (float* target = plane)
        {
            for (var i = 0; i < done; i += Step)
                Write(Vector128.Load(source + i), target + i, mean, scale);
        }

        SingleScalar(values, plane, mean, scale, done);
    }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector128<byte> values, float* target, float mean, float scale)
    {
        if (Avx2.IsSupported)
        {
            var (m, s) = (Vector256.Create(mean), Vector256.Create(scale));
            var second = Vector128.Shuffle(values.AsUInt64(), Vector128.Create(1UL, 1UL)).AsByte();
            ((Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(values)) - m) * s).Store(target);
            ((Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(second)) - m) * s).Store(target + 8);
            return;
        }

        var (low, high) = (Vector128.WidenLower(values).AsInt16(), Vector128.WidenUpper(values).AsInt16());
        Four(Vector128.WidenLower(low), target, mean, scale);
        Four(Vector128.WidenUpper(low), target + 4, mean, scale);
        Four(Vector128.WidenLower(high), target + 8, mean, scale);
        Four(Vector128.WidenUpper(high), target + 12, mean, scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(Vector128<int> values, float* target, float mean, float scale)
        => ((Vector128.ConvertToSingle(values) - Vector128.Create(mean)) * Vector128.Create(scale)).Store(target);
}
