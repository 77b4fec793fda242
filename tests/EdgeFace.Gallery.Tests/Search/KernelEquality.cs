using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Xunit.Sdk;

namespace EdgeFace.Gallery.Tests;

/// <summary>
/// Every kernel that this processor (or what the runtime's switches leave of it) can run, against its scalar twin: lengths
/// 0-256 and some longer, at any alignment. Throws on the first difference; also run in child processes.
/// </summary>
internal static unsafe class KernelEquality
{
    private const int Seed = 20151;
    private static readonly int[] LongLengths = [257, 320, 384, 500, 511, 512, 513, 1024];

    private delegate int Int8(sbyte* probe, sbyte* row, int length);

    private delegate float Float(float* a, float* b, int length);

    private delegate int Signs(ulong* probe, ulong* row, int words);

    private delegate ulong Codes(byte* tables, byte* codes, int planes, byte least, byte* scores);

    public static void All()
    {
        Floats();
        Bytes();
        Bits();
        Bounds();
        ShortCodes();
        Console.WriteLine($"kernels {SearchKernels.Name}");
    }

    public static void WithoutAvx512() => Restricted(!Avx512F.IsSupported);

    public static void WithoutVnni() => Restricted(!AvxVnni.IsSupported);

    public static void WithoutVnniAndAvx512() => Restricted(!AvxVnni.IsSupported && !Avx512F.IsSupported);

    public static void WithoutAvx2() => Restricted(!Avx2.IsSupported);

    public static void WithoutVectors() => Restricted(!Vector128.IsHardwareAccelerated);

    public static void Floats()
    {
        var kernels = new Dictionary<string, Float> { ["chosen"] = FloatKernel.Dot, ["128"] = FloatKernel.Dot128, ["256"] = FloatKernel.Dot256, ["512"] = FloatKernel.Dot512 };
        ForEachLength((random, length, offset) =>
        {
            var (a, b) = (new float[length + offset], new float[length + offset]);
            for (var i = 0; i < a.Length; i++)
                (a[i], b[i]) = (random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
            fixed (float* pa = a, pb = b)
            {
                double expected = 0, magnitude = 0;
                for (var i = offset; i < a.Length; i++)
                    (expected, magnitude) = (expected + (double)a[i] * b[i], magnitude + Math.Abs((double)a[i] * b[i]));
                // Sums of n terms in any order: within n units in the last place of the sum of magnitudes.
                var tolerance = magnitude * length * float.Epsilon + magnitude * 6e-8 * Math.Max(1, length);
                Near(FloatKernel.Scalar(pa + offset, pb + offset, length));
                foreach (var kernel in kernels.Values)
                    Near(kernel(pa + offset, pb + offset, length));

                void Near(float actual)
                {
                    if (!(Math.Abs(actual - expected) <= tolerance))
                        throw new XunitException($"float length {length} offset {offset}: {actual} instead of {expected}");
                }
            }
        });
    }

    public static void Bytes()
    {
        var kernels = new Dictionary<string, Int8> { ["portable"] = Int8Kernel.Portable };
        kernels["chosen"] = (probe, row, length) => Int8Kernel.Dot(probe, Sum(probe, length), row, length);
        if (AvxVnni.IsSupported)
            kernels["AVX-VNNI"] = (probe, row, length) => Int8Kernel.Vnni(probe, Sum(probe, length), row, length);
        if (Avx512BW.IsSupported)
            kernels["AVX-512BW"] = Int8Kernel.Wide512;
        if (Avx2.IsSupported)
            kernels["AVX2"] = Int8Kernel.Wide256;
        if (AdvSimd.IsSupported)
            kernels["AdvSimd"] = Int8Kernel.Neon;
        if (Dp.IsSupported)
            kernels["AdvSimd+Dp"] = Int8Kernel.DotProduct;
        ForEachLength((random, length, offset) =>
        {
            var (probe, row) = (Values(random, length + offset), Values(random, length + offset + 1));
            fixed (sbyte* pp = probe, pr = row)
            {
                var expected = Int8Kernel.Scalar(pp + offset, pr + offset + 1, length);
                foreach (var (name, kernel) in kernels)
                    Same(expected, kernel(pp + offset, pr + offset + 1, length), $"int8 {name} length {length} offset {offset}");
            }
        });
    }

    public static void Bits()
    {
        var kernels = new Dictionary<string, Signs> { ["chosen"] = SignKernel.Distance, ["scalar"] = SignKernel.Scalar, ["unrolled"] = SignKernel.Unrolled };
        if (AdvSimd.Arm64.IsSupported)
            kernels["AdvSimd"] = SignKernel.Neon;
        var random = new Random(Seed);
        for (var words = 0; words <= 64; words++)
        {
            foreach (var offset in new[] { 0, 1, 3 })
            {
                var bytes = new byte[2 * (8 * words + offset)];
                random.NextBytes(bytes);
                if (words % 7 == 3)
                    bytes.AsSpan(bytes.Length / 2).Fill(0xFF);
                if (words % 7 == 3)
                    bytes.AsSpan(0, bytes.Length / 2).Clear();
                var expected = 0;
                for (var i = offset; i < bytes.Length / 2; i++)
                {
                    for (var bit = 0; bit < 8; bit++)
                        expected += (bytes[i] ^ bytes[bytes.Length / 2 + i]) >> bit & 1;
                }

                fixed (byte* p = bytes)
                {
                    foreach (var (name, kernel) in kernels)
                    {
                        Same(expected, kernel((ulong*)(p + offset), (ulong*)(p + bytes.Length / 2 + offset), words), $"bits {name} words {words} offset {offset}");
                    }
                }
            }
        }
    }

    public static void Bounds()
    {
        var random = new Random(Seed);
        var distances = new ushort[CodeKernel.Group + 1];
        for (var round = 0; round < 200; round++)
        {
            for (var i = 0; i < distances.Length; i++)
                distances[i] = (ushort)random.Next(round % 2 == 0 ? 8 : 65536);
            fixed (ushort* p = distances)
            {
                foreach (var most in new[] { 0, 3, 7, 40000, 65535 })
                {
                    for (var offset = 0; offset < 2; offset++)
                        Same(SignKernel.WithinScalar(p + offset, most), SignKernel.Within(p + offset, most), $"within {most} offset {offset}");
                }
            }
        }
    }

    public static void ShortCodes()
    {
        var kernels = new Dictionary<string, Codes> { ["chosen"] = CodeKernel.Scores, ["portable"] = CodeKernel.Portable };
        if (Avx512BW.IsSupported)
            kernels["AVX-512BW"] = CodeKernel.Wide512;
        if (Avx2.IsSupported)
            kernels["AVX2"] = CodeKernel.Wide256;
        var random = new Random(Seed);
        var (expected, actual) = (new byte[CodeKernel.Group], new byte[CodeKernel.Group + 1]);
        for (var planes = 0; planes <= 64; planes++)
        {
            var offset = planes % 3;
            var (tables, codes) = (new byte[32 * planes + offset], new byte[CodeKernel.Group * planes + offset]);
            random.NextBytes(codes);
            for (var i = 0; i < tables.Length; i++)
                tables[i] = (byte)random.Next(0, 255 / Math.Max(1, 2 * planes) + 1);
            foreach (var least in new[] { 0, 1, random.Next(2, 255), 254, 255 })
            {
                fixed (byte* pt = tables, pc = codes, pe = expected, pa = actual)
                {
                    var wanted = CodeKernel.Scalar(pt + offset, pc + offset, planes, (byte)least, pe);
                    foreach (var (name, kernel) in kernels)
                    {
                        var where = $"codes {name} planes {planes} least {least}";
                        actual[^1] = 0xA5;
                        Same(wanted, kernel(pt + offset, pc + offset, planes, (byte)least, pa), where);
                        if (!expected.AsSpan().SequenceEqual(actual.AsSpan(0, CodeKernel.Group)) || actual[^1] != 0xA5)
                            throw new XunitException($"{where}: other scores, or written past them");
                        Same(wanted, kernel(pt + offset, pc + offset, planes, (byte)least, null), $"{where} without scores");
                    }
                }
            }
        }
    }

    private static void Restricted(bool effective)
    {
        if (!effective)
            throw new XunitException("The runtime's switch had no effect.");
        All();
    }

    private static void ForEachLength(Action<Random, int, int> check)
    {
        var random = new Random(Seed);
        foreach (var length in Enumerable.Range(0, 257).Concat(LongLengths))
        {
            foreach (var offset in new[] { 0, 1 + length % 31 })
                check(random, length, offset);
        }
    }

    /// <summary>Half of the arrays hold only the extremes, where sums of 16 bits would overflow.</summary>
    private static sbyte[] Values(Random random, int length)
    {
        var values = new sbyte[length];
        var extremes = random.Next(2) == 0;
        for (var i = 0; i < length; i++)
            values[i] = extremes ? (sbyte)(random.Next(4) == 0 ? -127 : 127) : (sbyte)random.Next(-127, 128);
        return values;
    }

    private static int Sum(sbyte* values, int length)
    {
        var sum = 0;
        for (var i = 0; i < length; i++)
            sum += values[i];
        return sum;
    }

    private static void Same<T>(T expected, T actual, string where)
        where T : IEquatable<T>
    {
        if (!expected.Equals(actual))
            throw new XunitException($"{where}: {actual} instead of {expected}");
    }
}
