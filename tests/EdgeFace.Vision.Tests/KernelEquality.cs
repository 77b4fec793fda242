using System.Runtime.Intrinsics.X86;
using Xunit.Sdk;

namespace EdgeFace.Vision.Tests;

/// <summary>Each kernel against its scalar twin: every width 1..256, spans at every offset of a vector, random bytes.</summary>
internal static class KernelEquality
{
    private const int Widths = 256;
    private const int Guard = 64;
    private const byte Sentinel = 0xA5;

    /// <summary>Entry of a child process that has no AVX2.</summary>
    public static void WithoutAvx2()
    {
        if (Avx2.IsSupported)
            throw new XunitException("AVX2 was to be switched off.");
        All();
    }

    /// <summary>Entry of a child process that has no vectors at all.</summary>
    public static void WithoutVectors()
    {
        if (ColorConverter.Kernel != "scalar")
            throw new XunitException($"Vectors were to be switched off, the kernel is {ColorConverter.Kernel}.");
        All();
    }

    public static void I420() => ForEachWidth((random, width, offset, context) =>
    {
        var chroma = (width + 1) / 2;
        var (top, bottom) = (Bytes(random, offset + width), Bytes(random, offset + width));
        var (u, v) = (Bytes(random, offset + chroma), Bytes(random, offset + chroma));
        var (expectedTop, expectedBottom) = (new byte[3 * width], new byte[3 * width]);
        var (actualTop, actualBottom) = (Fenced<byte>(offset + 3 * width, Sentinel), Fenced<byte>(offset + 3 * width, Sentinel));

        I420Kernel.Scalar(
            top.AsSpan(offset), bottom.AsSpan(offset), u.AsSpan(offset), v.AsSpan(offset), expectedTop, expectedBottom, 0);
        I420Kernel.RowPair(
            top.AsSpan(offset), bottom.AsSpan(offset), u.AsSpan(offset), v.AsSpan(offset),
            actualTop.AsSpan(offset, 3 * width), actualBottom.AsSpan(offset, 3 * width));

        AssertSame(expectedTop, actualTop, offset, Sentinel, context + " top");
        AssertSame(expectedBottom, actualBottom, offset, Sentinel, context + " bottom");
    });

    public static void Gray() => ForEachWidth((random, width, offset, context) =>
    {
        var source = Bytes(random, offset + 3 * width);
        var expected = new byte[width];
        var actual = Fenced(offset + width, Sentinel);

        GrayKernel.Scalar(source.AsSpan(offset), expected, 0);
        GrayKernel.Convert(source.AsSpan(offset), actual.AsSpan(offset, width));

        AssertSame(expected, actual, offset, Sentinel, context);
    });

    public static void Planes() => ForEachWidth((random, width, offset, context) =>
    {
        var source = Bytes(random, offset + 3 * width);
        var (mean, scale) = (random.NextSingle() * 255, random.NextSingle());
        float[][] expected = [new float[width], new float[width], new float[width], new float[width]];
        float[][] actual = [.. expected.Select(_ => Fenced(offset + width, -7f))];

        PlaneKernel.SplitScalar(source.AsSpan(offset), expected[0], expected[1], expected[2], mean, scale, 0);
        PlaneKernel.SingleScalar(source.AsSpan(offset), expected[3], mean, scale, 0);
        PlaneKernel.Split(
            source.AsSpan(offset), actual[0].AsSpan(offset, width), actual[1].AsSpan(offset, width), actual[2].AsSpan(offset, width), mean, scale);
        PlaneKernel.Single(source.AsSpan(offset), actual[3].AsSpan(offset, width), mean, scale);

        for (var i = 0; i < 4; i++)
            AssertSame(expected[i], actual[i], offset, -7f, $"{context} plane {i}");
    });

    public static void ResizeColumns() => ForEachWidth((random, width, offset, context) =>
    {
        var sourceWidth = random.Next(1, 300);
        var columns = ResizeAxis.Columns(sourceWidth, width, (double)width / sourceWidth);
        var source = Bytes(random, offset + 3 * sourceWidth);
        var expected = new short[3 * width];
        var actual = Fenced<short>(offset + 3 * width, -7);

        ResizeKernel.MixColumnsScalar(source.AsSpan(offset), columns, expected, 0);
        ResizeKernel.MixColumns(source.AsSpan(offset), columns, actual.AsSpan(offset, 3 * width));

        AssertSame<short>(expected, actual, offset, -7, $"{context} from {sourceWidth}");
    });

    public static void ResizeRows() => ForEachWidth((random, width, offset, context) =>
    {
        var weight = (short)random.Next(2049);
        var (near, far) = (Mixed(random, offset + width), Mixed(random, offset + width));
        var expected = new byte[width];
        var actual = Fenced(offset + width, Sentinel);

        ResizeKernel.MixRowsScalar(near.AsSpan(offset), far.AsSpan(offset), weight, (short)(2048 - weight), expected, 0);
        ResizeKernel.MixRows(near.AsSpan(offset), far.AsSpan(offset), weight, (short)(2048 - weight), actual.AsSpan(offset, width));

        AssertSame(expected, actual, offset, Sentinel, $"{context} weight {weight}");
    });

    public static void Warp() => ForEachWidth((random, width, _, context) =>
    {
        var source = Pixels.Noise(random, random.Next(1, 60), random.Next(1, 20));
        var (expected, actual) = (Pixels.Flat(width, 5, Sentinel), Pixels.Flat(width, 5, Sentinel));
        var map = new AffineMap(Slope(random), Slope(random), 4 * Slope(random), Slope(random), Slope(random), 4 * Slope(random));

        WarpKernel.Fill(source, expected, map, vectors: false);
        WarpKernel.Fill(source, actual, map);

        Pixels.AssertEqual<byte>(expected.Pixels, actual.Pixels, $"{context} from {source.Width}x{source.Height} by {map}");
    });

    private static double Slope(Random random) => 2 * random.NextDouble() - 0.5;

    private static void All()
    {
        Warp();
        I420();
        Gray();
        Planes();
        ResizeColumns();
        ResizeRows();
        Console.WriteLine($"kernel {ColorConverter.Kernel}");
    }

    private static void ForEachWidth(Action<Random, int, int, string> check)
    {
        var seed = Random.Shared.Next();
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var width = 1; width <= Widths; width++)
        {
            foreach (var offset in new[] { 0, 1 + width % 31 })
                check(random, width, offset, $"seed {seed} width {width} offset {offset} kernel {ColorConverter.Kernel}");
        }
    }

    /// <summary>Half the buffers hold only the extremes, where saturation happens.</summary>
    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        if (random.Next(2) == 0)
        {
            for (var i = 0; i < length; i++)
                bytes[i] = bytes[i] < 128 ? (byte)(bytes[i] % 20) : (byte)(235 + bytes[i] % 21);
        }

        return bytes;
    }

    private static short[] Mixed(Random random, int length)
    {
        var values = new short[length];
        for (var i = 0; i < length; i++)
            values[i] = (short)random.Next(32641);
        return values;
    }

    private static T[] Fenced<T>(int length, T sentinel)
    {
        var buffer = new T[length + Guard];
        buffer.AsSpan().Fill(sentinel);
        return buffer;
    }

    private static void AssertSame<T>(ReadOnlySpan<T> expected, T[] actual, int offset, T sentinel, string context)
        where T : struct, IEquatable<T>
    {
        Pixels.AssertEqual(expected, actual.AsSpan(offset, expected.Length), context);
        if (actual.AsSpan(0, offset).ContainsAnyExcept(sentinel) || actual.AsSpan(offset + expected.Length).ContainsAnyExcept(sentinel))
            throw new XunitException($"{context}: written outside of the span");
    }
}
