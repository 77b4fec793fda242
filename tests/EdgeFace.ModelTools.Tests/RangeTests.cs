using EdgeFace.ModelTools.Quantization;

namespace EdgeFace.ModelTools.Tests;

public sealed class RangeTests
{
    [Fact]
    public void Zero_is_exact_and_the_ends_are_in_reach()
    {
        var range = QuantizedRange.Covering(-1, 3);
        Assert.Equal(4f / 255, range.Scale);
        Assert.Equal(64, range.ZeroPoint);
        Assert.Equal(-1, range.Low, 0.02);
        Assert.Equal(3, range.High, 0.02);
    }

    [Theory]
    [InlineData(2, 5, 0)]
    [InlineData(-5, -2, 255)]
    public void A_range_always_holds_zero(double low, double high, byte zero) => Assert.Equal((5f / 255, zero), (QuantizedRange.Covering(low, high).Scale, QuantizedRange.Covering(low, high).ZeroPoint));

    [Fact]
    public void Nothing_but_zeros_gives_a_range_all_the_same() => Assert.Equal((byte)0, QuantizedRange.Covering(0, 0).ZeroPoint);

    [Fact]
    public void An_outlier_stretches_minmax_and_not_the_others()
    {
        // 20,000 values from 0 to 1, and one of 10: below the 0.01 % that a percentile cuts.
        var histogram = new TensorHistogram();
        float[] values = [.. Enumerable.Range(0, 20_000).Select(i => i / 20_000f), 10];
        histogram.Bound(values);
        histogram.Count(values);
        Assert.Equal(10, histogram.Choose(RangeMethod.MinMax).High, 1e-3);
        Assert.InRange(histogram.Choose(RangeMethod.Percentile).High, 0.95, 1.1);
        // 100 levels fewer on 20,000 values against one value clipped: sum of (10/255)^2/12 * 20,000 = 2.6 < 9^2, so it stays.
        Assert.InRange(histogram.Choose(RangeMethod.Mse).High, 7.5, 10);
    }

    [Fact]
    public void Mse_clips_where_rounding_costs_more()
    {
        // A hundred times as many values: now rounding at scale 10/255 errs by 256 in all, more than one clipped value.
        var histogram = new TensorHistogram();
        float[] values = [.. Enumerable.Range(0, 2_000_000).Select(i => i % 20_000 / 20_000f), 10];
        histogram.Bound(values);
        histogram.Count(values);
        Assert.InRange(histogram.Choose(RangeMethod.Mse).High, 2, 6);
    }
}
