namespace EdgeFace.ModelTools.Quantization;

/// <summary>The values that one tensor took over the calibration pictures: first their bounds, then how often each occurred.</summary>
internal sealed class TensorHistogram
{
    private const int Bins = 2048;
    private const double Tail = 1e-4;
    private const int Shrinks = 24;
    private const double ShrinkStep = 0.03;
    private readonly long[] _counts = new long[Bins];
    private float _low;
    private float _high;

    public void Bound(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            _low = MathF.Min(_low, value);
            _high = MathF.Max(_high, value);
        }
    }

    public void Count(ReadOnlySpan<float> values)
    {
        var factor = _high > _low ? Bins / (_high - _low) : 0;
        foreach (var value in values)
            _counts[Math.Clamp((int)((value - _low) * factor), 0, Bins - 1)]++;
    }

    public QuantizedRange Choose(RangeMethod method) => method switch
    {
        RangeMethod.MinMax => QuantizedRange.Covering(_low, _high),
        RangeMethod.Percentile => Percentile(),
        _ => LeastSquares(),
    };

    private double Centre(int bin) => _low + (bin + 0.5) * ((double)_high - _low) / Bins;

    private QuantizedRange Percentile()
    {
        var most = (long)(_counts.Sum() * Tail);
        var (first, last) = (0, Bins - 1);
        for (long seen = _counts[first]; seen <= most && first < last; seen += _counts[first])
            first++;
        for (long seen = _counts[last]; seen <= most && last > first; seen += _counts[last])
            last--;
        return QuantizedRange.Covering(Centre(first), Centre(last));
    }

    private QuantizedRange LeastSquares()
    {
        var best = QuantizedRange.Covering(_low, _high);
        var least = Error(best);
        for (var i = 0; i < Shrinks; i++)
        {
            for (var j = 0; j < Shrinks; j++)
            {
                var range = QuantizedRange.Covering(_low * (1 - i * ShrinkStep), _high * (1 - j * ShrinkStep));
                var error = Error(range);
                if (error >= least)
                    continue;
                (best, least) = (range, error);
            }

            if (_low == 0)
                break;
        }

        return best;
    }

    /// <summary>Uniform rounding errs by scale^2 / 12 in the mean; what is clipped by its distance.</summary>
    private double Error(QuantizedRange range)
    {
        var rounding = (double)range.Scale * range.Scale / 12;
        double sum = 0;
        for (var bin = 0; bin < Bins; bin++)
        {
            if (_counts[bin] == 0)
                continue;
            var value = Centre(bin);
            var beyond = Math.Max(Math.Max(range.Low - value, value - range.High), 0);
            sum += _counts[bin] * (beyond > 0 ? beyond * beyond : rounding);
        }

        return sum;
    }
}
