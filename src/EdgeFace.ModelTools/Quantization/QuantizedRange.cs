namespace EdgeFace.ModelTools.Quantization;

/// <summary>How float values become bytes: q = round(x / Scale) + ZeroPoint, clipped to 0..255.</summary>
internal readonly record struct QuantizedRange(float Scale, byte ZeroPoint)
{
    private const int Levels = 255;

    /// <summary>The range that holds an interval and zero, which must be exact: padding is zero.</summary>
    public static QuantizedRange Covering(double low, double high)
    {
        (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        if (!(high - low > 1e-12))
            return new QuantizedRange(1f / Levels, 0);
        var scale = (high - low) / Levels;
        return new QuantizedRange((float)scale, (byte)Math.Clamp(Math.Round(-low / scale), 0, Levels));
    }

    public float Low => -ZeroPoint * Scale;

    public float High => (Levels - ZeroPoint) * Scale;

    public QuantizedRange Union(QuantizedRange other) => Covering(Math.Min(Low, other.Low), Math.Max(High, other.High));
}

/// <summary>How the range of a tensor is chosen from the values that it took.</summary>
internal enum RangeMethod
{
    /// <summary>All values fit; one outlier makes all others coarse.</summary>
    MinMax,

    /// <summary>The outermost 0.01 % on each side are clipped.</summary>
    Percentile,

    /// <summary>The least mean squared error of rounding and clipping together.</summary>
    Mse,
}
