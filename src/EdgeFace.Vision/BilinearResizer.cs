namespace EdgeFace.Vision;

/// <summary>
/// Resizes interleaved 3-channel pictures from one size to another in two passes: columns first, into two cached rows of
/// 15 bit values, then rows. Byte for byte as OpenCV's <c>INTER_LINEAR</c> (which takes 2x2 means when it halves exactly:
/// there the two differ by at most one level). Tables and rows are made once; for one thread at a time.
/// </summary>
public sealed class BilinearResizer
{
    private readonly ResizeAxis _columns;
    private readonly ResizeAxis _rows;
    private readonly int _sourceWidth;
    private readonly int _sourceHeight;
    private short[] _near;
    private short[] _far;
    private int _nearRow = -1;
    private int _farRow = -1;

    /// <param name="scale">Target pixels per source pixel on both axes, as where OpenCV is given factors in place of a size; null:
    /// each axis by its own two sizes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the scale is not positive.</exception>
    public BilinearResizer(int sourceWidth, int sourceHeight, int targetWidth, int targetHeight, double? scale = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetHeight, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale ?? 1);
        (_sourceWidth, _sourceHeight) = (sourceWidth, sourceHeight);
        (TargetWidth, TargetHeight) = (targetWidth, targetHeight);
        _columns = ResizeAxis.Columns(sourceWidth, targetWidth, scale ?? (double)targetWidth / sourceWidth);
        _rows = ResizeAxis.Rows(sourceHeight, targetHeight, scale ?? (double)targetHeight / sourceHeight);
        _near = new short[targetWidth * 3];
        _far = new short[targetWidth * 3];
    }

    public int TargetWidth { get; }

    public int TargetHeight { get; }

    public bool IsFrom(int width, int height) => _sourceWidth == width && _sourceHeight == height;

    public bool IsTo(int width, int height) => TargetWidth == width && TargetHeight == height;

    /// <summary>Resizes one picture.</summary>
    /// <param name="source">Rows of source width x 3 bytes without padding.</param>
    /// <param name="target">Rows that start <paramref name="targetStride"/> bytes apart; what lies between them is left alone.</param>
    /// <param name="targetStride">At least target width x 3.</param>
    /// <exception cref="ArgumentException">A span is too short for its picture.</exception>
    public void Resize(ReadOnlySpan<byte> source, Span<byte> target, int targetStride)
    {
        var rowBytes = TargetWidth * 3;
        ArgumentOutOfRangeException.ThrowIfLessThan(targetStride, rowBytes);
        if (source.Length < _sourceWidth * _sourceHeight * 3)
            throw new ArgumentException("The source is shorter than its picture.", nameof(source));
        if (target.Length < (TargetHeight - 1) * targetStride + rowBytes)
            throw new ArgumentException("The target is shorter than its picture.", nameof(target));

        _nearRow = _farRow = -1;
        for (var y = 0; y < TargetHeight; y++)
        {
            Prepare(source, _rows.First[y], _rows.Second[y]);
            var far = _nearRow == _rows.Second[y] ? _near : _far;
            ResizeKernel.MixRows(_near, far, _rows.Near[y], _rows.Far[y], target.Slice(y * targetStride, rowBytes));
        }
    }

    /// <summary>Brings the two source rows, resampled to the target's width, into the cache; enlarging finds them there already.</summary>
    private void Prepare(ReadOnlySpan<byte> source, int near, int far)
    {
        if (_nearRow != near && _farRow == near)
        {
            (_near, _far) = (_far, _near);
            (_nearRow, _farRow) = (_farRow, _nearRow);
        }

        if (_nearRow != near)
            MixColumns(source, _nearRow = near, _near);
        if (far != near && _farRow != far)
            MixColumns(source, _farRow = far, _far);
    }

    private void MixColumns(ReadOnlySpan<byte> source, int row, Span<short> target)
        => ResizeKernel.MixColumns(source.Slice(row * _sourceWidth * 3, _sourceWidth * 3), _columns, target);
}
