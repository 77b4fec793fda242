using EdgeFace.ModelTools.Evaluation;

namespace EdgeFace.ModelTools.Tests.Evaluation;

/// <summary>Who is named when people have several templates.</summary>
public sealed class IdentificationTests
{
    private const int Dimension = 24;

    [Fact]
    public void Rules_score_as_their_names_say()
    {
        float[][] vectors = [.. Enumerable.Range(0, 6).Select(i => Unit(new Random(i + 1), []))];
        var (cosines, face) = (new CosineTable(vectors), vectors[5]);
        int[] rows = [.. Enumerable.Range(0, 5).OrderByDescending(row => Cosine(vectors[row], face))];
        float[] scores = [.. rows.Select(row => cosines[5, row])];
        double Rule(string name) => NearestRule.All.Single(rule => rule.Name == name).Of(scores, rows, cosines);
        Assert.Equal(scores[0], Rule("nearest alone"), 1e-6);
        Assert.Equal((scores[0] + scores[1]) / 2, Rule("mean of 2 scores"), 1e-6);
        Assert.Equal(scores.Take(3).Average(), Rule("mean of 3 scores"), 1e-6);
        Assert.Equal(scores.Select((score, i) => score / Math.Pow(2, i)).Sum() / (2 - Math.Pow(2, -4)), Rule("halving weights"), 1e-6);
        foreach (var (name, count) in new[] { ("mean of 2 nearest", 2), ("mean of 3 nearest", 3), ("mean of 5 nearest", 5), ("mean of all", 5) })
        {
            float[] mean = [.. Enumerable.Range(0, Dimension).Select(i => rows.Take(count).Average(row => vectors[row][i]))];
            Assert.Equal(Cosine(mean, face), Rule(name), 1e-5);
        }
    }

    [Fact]
    public void Nobody_is_probe_and_template_with_one_picture_or_stranger_and_enrolled()
    {
        var people = Enumerable.Range(0, 50).Select(person => Enumerable.Range(10 * person, 1 + person % 8).ToArray()).ToList();
        foreach (var mixed in new[] { false, true })
        {
            var draw = IdentificationDraw.Of(people, templates: 3, mixed, share: 0.6, mostProbes: 2, mostStrangers: 3, new Random(4));
            var templates = draw.Gallery.SelectMany(pictures => pictures).ToList();
            Assert.Empty(templates.Intersect(draw.Probes.Select(probe => probe.Picture)));
            Assert.Equal(draw.Gallery.Count, draw.Gallery.Select(pictures => pictures[0] / 10).Distinct().Count());
            Assert.All(draw.Gallery, pictures => Assert.InRange(pictures.Length, mixed ? 1 : 3, 3));
            foreach (var (picture, person) in draw.Probes)
            {
                if (person is { } mate)
                    Assert.Equal(draw.Gallery[mate][0] / 10, picture / 10);
                else
                    Assert.DoesNotContain(draw.Gallery, pictures => pictures[0] / 10 == picture / 10);
            }
        }
    }

    /// <summary>Where pictures of a person differ by chance alone, averaging them is better: the figures must show it, the same each time.</summary>
    [Fact]
    public void Averaging_misses_fewer_of_people_whose_pictures_differ_by_chance()
    {
        var faces = Enumerable.Range(0, 240).SelectMany(person =>
        {
            var (random, own) = (new Random(person), Unit(new Random(1000 + person), []));
            return Enumerable.Range(0, 1 + person % 9).Select(_ => ($"Person {person}", Unit(random, own)));
        }).ToList();
        var rows = Identification.Run(faces, 0.5, static (_, _) => { });
        Assert.Equal(8 * NearestRule.All.Count, rows.Count);
        Assert.Equal(rows, Identification.Run(faces, 0.5, static (_, _) => { }));
        foreach (var half in new[] { "even", "odd" })
        {
            var (alone, mean) = (Row(half, "nearest alone"), Row(half, "mean of 5 nearest"));
            Assert.Equal((alone.Probes, alone.Strangers), (mean.Probes, mean.Strangers));
            Assert.InRange(alone.Fnir, 0.02, 0.9);
            Assert.True(mean.Fnir < 0.8 * alone.Fnir, $"{half}: {mean.Fnir} and {alone.Fnir}");
        }

        IdentificationRow Row(string half, string rule) => rows.Single(row => row.Half == half && row.Templates == "5" && row.Rule == rule);
    }

    private static float[] Unit(Random random, float[] centre)
    {
        var values = new float[Dimension];
        for (var i = 0; i < Dimension; i++)
            values[i] = (float)((centre.Length > 0 ? centre[i] : 0) + (centre.Length > 0 ? 0.22 : 1) * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var length = MathF.Sqrt(values.Sum(value => value * value));
        return [.. values.Select(value => value / length)];
    }

    private static double Cosine(float[] a, float[] b)
        => a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(value => (double)value * value) * b.Sum(value => (double)value * value));
}
