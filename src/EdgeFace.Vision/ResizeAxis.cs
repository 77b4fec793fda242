namespace EdgeFace.Vision;

/// <summary>
/// Where the samples of one axis come from: target sample i is a mix of source samples <see cref="First"/>[i] and the next
/// one, with weights that sum to 2048 (11 bit fixed point). Centres, rounding and borders are those of OpenCV's
/// <c>INTER_LINEAR</c>.
/// </summary>
internal sealed class ResizeAxis
{
    public const int WeightBits = 11;
    public const int One = 1 << WeightBits;

    private ResizeAxis(int length)
    {
        First = new int[length];
        Second = new int[length];
        Near = new short[length];
        Far = new short[length];
        Pairs = new int[length];
    }

    public int[] First { get; }

    public int[] Second { get; }

    /// <summary>Weight of <see cref="First"/>, 0..2048.</summary>
    public short[] Near { get; }

    /// <summary>Weight of <see cref="Second"/>, 0..2048.</summary>
    public short[] Far { get; }

    /// <summary>Both weights in one value, <see cref="Near"/> in the lower half.</summary>
    public int[] Pairs { get; }

    /// <summary>Of columns: for how many samples from the start 8 bytes from the first byte of <see cref="First"/> lie inside the row.</summary>
    public int Readable { get; private set; }

    /// <summary>
    /// Columns: a sample beyond the outermost centres takes that pixel alone, so that <see cref="Second"/> is always the
    /// right neighbour of <see cref="First"/> or has weight 0.
    /// </summary>
    public static ResizeAxis Columns(int source, int target, double scale)
    {
        const int bytesRead = 8;
        var readable = 0;
        var axis = new ResizeAxis(target);
        for (var i = 0; i < target; i++)
        {
            var (index, fraction) = Position(i, scale);
            if (index < 0)
                (index, fraction) = (0, 0);
            else if (index >= source - 1)
                (index, fraction) = (source - 1, 0);
            axis.Set(i, index, Math.Min(index + 1, source - 1), fraction);
            if (3 * index + bytesRead <= 3 * source)
                readable = i + 1;
        }

        axis.Readable = readable;
        return axis;
    }

    /// <summary>Rows: the indices are clamped and the weights kept; two rows are mixed even where they are the same one.</summary>
    public static ResizeAxis Rows(int source, int target, double scale)
    {
        var axis = new ResizeAxis(target);
        for (var i = 0; i < target; i++)
        {
            var (index, fraction) = Position(i, scale);
            axis.Set(i, Math.Clamp(index, 0, source - 1), Math.Clamp(index + 1, 0, source - 1), fraction);
        }

        return axis;
    }

    private static (int Index, float Fraction) Position(int i, double scale)
    {
        var position = (float)((i + 0.5) * (1 / scale) - 0.5);
        var index = (int)MathF.Floor(position);
        return (index, position - index);
    }

    private void Set(int i, int first, int second, float fraction)
    {
        First[i] = first;
        Second[i] = second;
        Near[i] = (short)MathF.Round((1 - fraction) * One);
        Far[i] = (short)MathF.Round(fraction * One);
        Pairs[i] = Far[i] << 16 | (ushort)Near[i];
    }
}
