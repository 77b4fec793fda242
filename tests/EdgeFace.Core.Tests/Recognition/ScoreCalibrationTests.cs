using EdgeFace.Core.Recognition;
using EdgeFace.TestKit;

namespace EdgeFace.Core.Tests.Recognition;

public sealed class ScoreCalibrationTests
{
    /// <summary>Impostors fall exponentially by a factor of ten per 0.1; genuine scores are spread evenly over 0.3 to 0.9.</summary>
    private static readonly ScoreCalibration Drawn = new(
        "m@1", "drawn", 10_000_000, 10_000,
        [new(0.1, 0.0), new(0.01, 0.1), new(0.001, 0.2)], new ScoreTail(0.3, 1e-4, 0.1 / Math.Log(10), 0, 1000),
        [new(0.001, 0.3), new(0.5, 0.6), new(0.999, 0.9)]);

    [Theory]
    [InlineData(0.0, 1e-1)]
    [InlineData(0.15, 3.1622776e-3)]
    [InlineData(0.3, 1e-4)]
    [InlineData(0.5, 1e-6)]
    public void False_matches_fall_as_they_were_drawn(double threshold, double rate)
        => Assert.Equal(rate, Drawn.FalseMatchRate(threshold), 1e-6 * rate);

    [Fact]
    public void Rates_are_those_of_the_formula_and_thresholds_keep_to_them()
    {
        Assert.Equal(0, Drawn.FalsePositiveIdentificationRate(0.3, 0));
        Assert.Equal(1 - Math.Pow(1 - 1e-4, 5000), Drawn.FalsePositiveIdentificationRate(0.3, 5000), 1e-12);
        foreach (var templates in new[] { 1, 10, 1000, 1_000_000 })
        {
            foreach (var rate in new[] { 1e-4, 0.01, 0.09 })
            {
                var threshold = Drawn.ThresholdFor(rate, templates);
                Assert.Equal(rate, Drawn.FalsePositiveIdentificationRate(threshold, templates), 1e-3 * rate);
            }
        }

        // Ten times the gallery costs a tenth of a cosine here.
        Assert.Equal(0.1, Drawn.ThresholdFor(0.001, 10_000) - Drawn.ThresholdFor(0.001, 1000), 1e-3);
        Assert.Equal(0.25, Drawn.FalseNonMatchRate(0.45), 1e-3);
        Assert.Equal(0.25, Drawn.FalseNegativeIdentificationRate(0.45, 1), 5e-3);
        // In a large gallery a stranger may be more similar than oneself: then nobody or the wrong one is named.
        Assert.True(Drawn.FalseNegativeIdentificationRate(0.45, 100_000) > Drawn.FalseNegativeIdentificationRate(0.45, 100));
    }

    [Theory]
    [InlineData(-0.3)]
    [InlineData(0.2)]
    public void A_tail_of_another_shape_is_continuous_and_falls(double shape)
    {
        var calibration = Drawn with { Tail = Drawn.Tail with { Shape = shape } };
        Assert.Equal(1e-4, calibration.FalseMatchRate(0.3), 1e-12);
        for (var threshold = -1.0; threshold < 1; threshold += 0.01)
            Assert.True(calibration.FalseMatchRate(threshold) >= calibration.FalseMatchRate(threshold + 0.01));
        Assert.Equal(shape < 0 ? 0 : 1, calibration.FalseMatchRate(1) > 0 ? 1 : 0);
    }

    [Fact]
    public void A_file_is_read_as_it_was_written_and_a_bad_one_is_one_line()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("calibration.json");
        Assert.Null(ScoreCalibration.Read(path, "m@1"));
        File.WriteAllBytes(path, Drawn.Write());
        Assert.Equal(Drawn.FalseMatchRate(0.17), ScoreCalibration.Read(path, "m@1")!.FalseMatchRate(0.17));
        Assert.Contains("is of m@1, the model is m@2", Refusal(path, "m@2"), StringComparison.Ordinal);
        foreach (var bad in new[] { "", "{}", "[]", "null", """{"model":"m@1"}""", new string('x', 100), System.Text.Encoding.UTF8.GetString((Drawn with { Impostors = [new(0.1, 0.2), new(0.2, 0.1)] }).Write()), System.Text.Encoding.UTF8.GetString((Drawn with { Tail = Drawn.Tail with { Scale = 0 } }).Write()) })
        {
            File.WriteAllText(path, bad);
            Assert.DoesNotContain('\n', Refusal(path, "m@1"));
        }
    }

    private static string Refusal(string path, string model) => Assert.Throws<InputException>(() => ScoreCalibration.Read(path, model)).Message;
}
