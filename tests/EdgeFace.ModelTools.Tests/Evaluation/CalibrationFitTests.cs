using EdgeFace.Core;
using EdgeFace.Core.Recognition;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Evaluation;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.ModelTools.Tests.Evaluation;

public sealed class CalibrationFitTests
{
    [Theory]
    [InlineData(0.03, -0.2)]
    [InlineData(0.05, 0.0)]
    [InlineData(0.02, 0.15)]
    public void The_fit_finds_the_parameters_that_the_sample_was_drawn_with(double scale, double shape)
    {
        // Its quantiles at even probabilities: no chance is in it.
        var sample = Enumerable.Range(0, 4000).Select(i => (i + 0.5) / 4000)
            .Select(p => Math.Abs(shape) < 1e-12 ? -scale * Math.Log(1 - p) : scale / shape * (Math.Pow(1 - p, -shape) - 1)).ToArray();
        var (foundScale, foundShape) = CalibrationFit.Pareto(sample);
        Assert.Equal(scale, foundScale, 0.01 * scale);
        Assert.Equal(shape, foundShape, 0.01);
    }

    [Fact]
    public void Too_few_pairs_are_refused()
        => Assert.Contains("are too few for a calibration", Assert.Throws<InputException>(() => CalibrationFit.Of("m", "d", new float[100], new float[100])).Message, StringComparison.Ordinal);

    /// <summary>
    /// The shipped calibration against a gallery and strangers as they would come: 200 people with one picture each, 300 strangers, and
    /// second pictures of the enrolled. It was made of the same data set: this checks the formulas, not how the rates carry over.
    /// </summary>
    [SharedDataFact("data/lfw/images")]
    public void Predicted_rates_are_those_of_a_simulated_gallery()
    {
        var folder = Path.Combine(Repository.Root, "models");
        using var models = FaceModels.Load(folder, new InferenceOptions { Threads = 1 });
        var calibration = ScoreCalibration.Read(Path.Combine(folder, "embedder-mobilefacenet", ScoreCalibration.FileName), models.Embedder.ModelId)!;
        var analyzer = new FaceAnalyzer(models);
        var people = Directory.GetDirectories(SharedData.Path("data/lfw/images")!).Order(StringComparer.Ordinal).ToArray();
        var enrolled = people.Where(person => Directory.GetFiles(person).Length > 1).Where((_, i) => i % 4 == 0).Take(200).ToArray();
        var gallery = enrolled.Select(person => Embed(analyzer, person, 0)).OfType<float[]>().ToArray();
        var mates = enrolled.Select(person => Embed(analyzer, person, 1)).ToArray();
        var strangers = people.Except(enrolled).Where((_, i) => i % 7 == 0).Take(300).Select(person => Embed(analyzer, person, 0)).OfType<float[]>().ToArray();
        var threshold = calibration.ThresholdFor(0.1, gallery.Length);

        var taken = strangers.Count(stranger => gallery.Max(template => Dot(template, stranger)) >= threshold);
        // 30 are expected of 300, with a deviation of 5.2.
        Assert.InRange(taken / (double)strangers.Length, 0.04, 0.19);
        var missed = mates.Where(mate => mate is not null).Count(mate => gallery.Max(template => Dot(template, mate!)) < threshold);
        var predicted = calibration.FalseNonMatchRate(threshold);
        Assert.InRange(missed / (double)mates.Length, 0, predicted + 0.04);
    }

    private static float[]? Embed(FaceAnalyzer analyzer, string person, int picture)
    {
        var frame = PictureReader.Read(Directory.GetFiles(person).Order(StringComparer.Ordinal).ElementAt(picture));
        var faces = analyzer.Analyze(frame);
        return faces.MinBy(face => Math.Abs(face.Detection.Box.CenterX - frame.Width / 2f) + Math.Abs(face.Detection.Box.CenterY - frame.Height / 2f))?.Embedding?.Values.ToArray();
    }

    private static float Dot(float[] a, float[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
