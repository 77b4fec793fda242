using EdgeFace.Core.Imaging;
using Xunit.Sdk;

namespace EdgeFace.Vision.Tests;

/// <summary>Random pictures and comparisons that say where they failed.</summary>
internal static class Pixels
{
    public static Frame Noise(Random random, int width, int height, PixelFormat format = PixelFormat.Bgr24)
    {
        var frame = new Frame(width, height, format);
        random.NextBytes(frame.Pixels);
        return frame;
    }

    public static Frame Flat(int width, int height, byte value, PixelFormat format = PixelFormat.Bgr24)
    {
        var frame = new Frame(width, height, format);
        frame.Pixels.AsSpan().Fill(value);
        return frame;
    }

    public static void AssertWithin(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int levels, string context)
    {
        if (expected.Length != actual.Length)
            throw new XunitException($"{context}: {actual.Length} bytes instead of {expected.Length}");
        for (var i = 0; i < expected.Length; i++)
        {
            if (Math.Abs(expected[i] - actual[i]) > levels)
                throw new XunitException($"{context}: byte {i} is {actual[i]}, expected {expected[i]} within {levels}");
        }
    }

    public static void AssertEqual<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, string context)
        where T : struct, IEquatable<T>
    {
        if (expected.Length != actual.Length)
            throw new XunitException($"{context}: {actual.Length} values instead of {expected.Length}");
        for (var i = 0; i < expected.Length; i++)
        {
            if (!expected[i].Equals(actual[i]))
                throw new XunitException($"{context}: value {i} is {actual[i]}, expected {expected[i]}");
        }
    }
}
