using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision;

/// <summary>Where in the source a target pixel (x, y) lies: (XX x + XY y + X0, YX x + YY y + Y0), whole numbers are pixel centres.</summary>
internal readonly record struct AffineMap(double XX, double XY, double X0, double YX, double YY, double Y0);

/// <summary>
/// Bilinear sampling of a frame along an affine map. One pixel a step, its three channels in the 32 bit lanes of a vector;
/// pixels at the border and the last ones of a row go through the scalar twin.
/// </summary>
internal static unsafe class WarpKernel
{
    private const int WeightBits = 11;
    private const int One = 1 << WeightBits;
    private const int Half = 1 << (2 * WeightBits - 1);

    public static void Fill(Frame source, Frame target, in AffineMap map) => Fill(source, target, map, Vector128.IsHardwareAccelerated);

    internal static void Fill(Frame source, Frame target, in AffineMap map, bool vectors)
    {
        fixed (byte* pixels = source.Pixels, row = target.Pixels)
        {
            var picture = new Picture(pixels, source.Width, source.Height);
            for (var y = 0; y < target.Height; y++)
                Row(picture, row + y * target.Width * 3, target.Width, y, map, vectors);
        }
    }

    private static void Row(in Picture source, byte* target, int width, int y, in AffineMap map, bool vectors)
    {
        var (startX, stepX) = (map.XY * y + map.X0, map.XX);
        var (startY, stepY) = (map.YY * y + map.Y0, map.YX);
        for (var x = 0; x < width; x++, target += 3)
        {
            var sourceX = startX + x * stepX;
            var sourceY = startY + x * stepY;
            if (!(sourceX > -1 && sourceX < source.Width && sourceY > -1 && sourceY < source.Height))
            {
                target[0] = target[1] = target[2] = 0;
                continue;
            }

            // Shifted by one pixel, so that truncation is floor down to -1.
            var fixedX = (int)((sourceX + 1) * One + 0.5);
            var fixedY = (int)((sourceY + 1) * One + 0.5);
            var (left, top) = ((fixedX >> WeightBits) - 1, (fixedY >> WeightBits) - 1);
            var (wx, wy) = (fixedX & (One - 1), fixedY & (One - 1));

            // The vector reads 8 bytes of two pixels and writes 4 of one.
            if (vectors && x < width - 1 && (uint)left < (uint)(source.Width - 2) && (uint)top < (uint)(source.Height - 1) && source.Width > 2)
                Unsafe.WriteUnaligned(target, Inside(source.At(left, top), source.Width * 3, wx, wy));
            else
                Scalar(source, left, top, wx, wy, target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Inside(byte* taps, int stride, int wx, int wy)
    {
        var upper = Across(Unsafe.ReadUnaligned<ulong>(taps), wx);
        var lower = Across(Unsafe.ReadUnaligned<ulong>(taps + stride), wx);
        var mixed = (upper * (One - wy) + lower * wy + Vector128.Create(Half)) >> (2 * WeightBits);
        return Vector128.Shuffle(mixed.AsByte(), Vector128.Create((byte)0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)).AsUInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Across(ulong taps, int wx)
    {
        const byte none = 255;
        var bytes = Vector128.CreateScalarUnsafe(taps).AsByte();
        var near = Vector128.Shuffle(bytes, Vector128.Create(0, none, none, none, 1, none, none, none, 2, none, none, none, none, none, none, none));
        var far = Vector128.Shuffle(bytes, Vector128.Create(3, none, none, none, 4, none, none, none, 5, none, none, none, none, none, none, none));
        return near.AsInt32() * (One - wx) + far.AsInt32() * wx;
    }

    private static void Scalar(in Picture source, int left, int top, int wx, int wy, byte* target)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            var upper = source.Tap(left, top, channel) * (One - wx) + source.Tap(left + 1, top, channel) * wx;
            var lower = source.Tap(left, top + 1, channel) * (One - wx) + source.Tap(left + 1, top + 1, channel) * wx;
            target[channel] = (byte)((upper * (One - wy) + lower * wy + Half) >> (2 * WeightBits));
        }
    }

    /// <summary>Pinned pixels with their size; outside of it everything is 0.</summary>
    private readonly struct Picture(byte* pixels, int width, int height)
    {
        public readonly int Width = width;
        public readonly int Height = height;

        public byte* At(int x, int y) => pixels + (y * Width + x) * 3;

        public int Tap(int x, int y, int channel) => (uint)x < (uint)Width && (uint)y < (uint)Height ? At(x, y)[channel] : 0;
    }
}
