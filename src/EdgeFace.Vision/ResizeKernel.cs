namespace EdgeFace.Vision;

/// <summary>The two passes of the bilinear resize. A value between the passes is the mix in 11 bit fixed point shifted by 4: 0..32640.</summary>
internal static class ResizeKernel
{
    private const int BetweenShift = 4;

    public static void MixColumns(ReadOnlySpan<byte> row, ResizeAxis columns, Span<short> target) => MixColumnsScalar(row, columns, target, 0);

    public static void MixRows(ReadOnlySpan<short> near, ReadOnlySpan<short> far, short nearWeight, short farWeight, Span<byte> target)
        => MixRowsScalar(near, far, nearWeight, farWeight, target, 0);

    internal static void MixColumnsScalar(ReadOnlySpan<byte> row, ResizeAxis columns, Span<short> target, int from)
    {
        for (var x = from; x < columns.First.Length; x++)
        {
            var near = 3 * columns.First[x];
            var far = 3 * columns.Second[x];
            int nearWeight = columns.Near[x];
            int farWeight = columns.Far[x];
            for (var channel = 0; channel < 3; channel++)
                target[3 * x + channel] = (short)((row[near + channel] * nearWeight + row[far + channel] * farWeight) >> BetweenShift);
        }
    }

    internal static void MixRowsScalar(
        ReadOnlySpan<short> near, ReadOnlySpan<short> far, short nearWeight, short farWeight, Span<byte> target, int from)
    {
        for (var i = from; i < target.Length; i++)
            target[i] = (byte)((((near[i] * nearWeight) >> 16) + ((far[i] * farWeight) >> 16) + 2) >> 2);
    }
}
