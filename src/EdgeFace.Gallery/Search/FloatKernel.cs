using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Gallery;

/// <summary>
/// Dot products of float32 rows with a probe. Four accumulators, each one vector wide, hide the latency of the multiply-add;
/// what is left over after whole vectors is summed one by one.
/// </summary>
internal static unsafe class FloatKernel
{
    private const int PrefetchBytes = 4096;

    public static string Name => Vector512.IsHardwareAccelerated ? "AVX-512"
        : Vector256.IsHardwareAccelerated ? "AVX2"
        : Vector128.IsHardwareAccelerated ? (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? "AdvSimd" : "Vector128")
        : "scalar";

    /// <summary>scores[i] = probe . row i, for rows that lie <paramref name="length"/> values apart.</summary>
    public static void Scores(float* probe, float* rows, int count, int length, float* scores)
    {
        for (var i = 0; i < count; i++, rows += length)
        {
            if (Sse.IsSupported)
            {
                for (var ahead = 0; ahead < length; ahead += 16)
                    Sse.Prefetch0((byte*)(rows + ahead) + PrefetchBytes);
            }

            scores[i] = Dot(probe, rows, length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(float* a, float* b, int length)
        => Vector512.IsHardwareAccelerated ? Dot512(a, b, length)
        : Vector256.IsHardwareAccelerated ? Dot256(a, b, length)
        : Vector128.IsHardwareAccelerated ? Dot128(a, b, length)
        : Scalar(a, b, length);

    /// <summary>The twin.</summary>
    internal static float Scalar(float* a, float* b, int length)
    {
        float sum = 0;
        for (var i = 0; i < length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    internal static float Dot512(float* a, float* b, int length)
    {
        var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i <= length - 64; i += 64)
        {
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i + 16), Vector512.Load(b + i + 16), s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i + 32), Vector512.Load(b + i + 32), s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i + 48), Vector512.Load(b + i + 48), s3);
        }

        for (; i <= length - 16; i += 16)
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), s0);
        return Vector512.Sum(s0 + s1 + (s2 + s3)) + Scalar(a + i, b + i, length - i);
    }

    internal static float Dot256(float* a, float* b, int length)
    {
        var (s0, s1, s2, s3) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var i = 0;
        for (; i <= length - 32; i += 32)
        {
            s0 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i), Vector256.Load(b + i), s0);
            s1 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 8), Vector256.Load(b + i + 8), s1);
            s2 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 16), Vector256.Load(b + i + 16), s2);
            s3 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 24), Vector256.Load(b + i + 24), s3);
        }

        for (; i <= length - 8; i += 8)
            s0 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i), Vector256.Load(b + i), s0);
        return Vector256.Sum(s0 + s1 + (s2 + s3)) + Scalar(a + i, b + i, length - i);
    }

    internal static float Dot128(float* a, float* b, int length)
    {
        var (s0, s1, s2, s3) = (Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero);
        var i = 0;
        for (; i <= length - 16; i += 16)
        {
            s0 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i), Vector128.Load(b + i), s0);
            s1 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i + 4), Vector128.Load(b + i + 4), s1);
            s2 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i + 8), Vector128.Load(b + i + 8), s2);
            s3 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i + 12), Vector128.Load(b + i + 12), s3);
        }

        return Vector128.Sum(s0 + s1 + (s2 + s3)) + Scalar(a + i, b + i, length - i);
    }
}
