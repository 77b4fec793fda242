using EdgeFace.Core;
using EdgeFace.ModelTools.Evaluation;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests;

public sealed class EvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pairs_are_read_fold_by_fold()
    {
        var folds = LfwPairs.Read(Write("2\t1\nAda\t1\t2\nAda\t1\tBea\t12\nCid\t3\t4\nAda\t2\tCid\t1\n"));
        Assert.Equal(2, folds.Count);
        Assert.Equal(new PicturePair("Ada/Ada_0001.jpg", "Ada/Ada_0002.jpg", true), folds[0][0]);
        Assert.Equal(new PicturePair("Ada/Ada_0001.jpg", "Bea/Bea_0012.jpg", false), folds[0][1]);
        Assert.Equal(new PicturePair("Cid/Cid_0003.jpg", "Cid/Cid_0004.jpg", true), folds[1][0]);
    }

    [Theory]
    [InlineData("", ":1: must say 'folds TAB pairs', as in LFW's pairs.txt.")]
    [InlineData("2 1\n", ":1: must say 'folds TAB pairs', as in LFW's pairs.txt.")]
    [InlineData("1\t1\nAda\t1\t2\n", ": ends after 2 lines, but 1 folds of 1 + 1 pairs take 3.")]
    [InlineData("1\t1\nAda\t1\t2\nAda\t1\t2\n", ":3: must be 'name TAB i TAB other TAB j'.")]
    [InlineData("1\t1\nAda\t1\tx\nAda\t1\tBea\t2\n", ":2: must be 'name TAB i TAB j'.")]
    public void Malformed_pairs_are_said_with_their_line(string text, string expected)
    {
        var path = Write(text);
        Assert.Equal(path + expected, Assert.Throws<InputException>(() => LfwPairs.Read(path)).Message);
    }

    [Fact]
    public void A_fold_is_judged_by_the_threshold_of_the_others()
    {
        // On their own, fold 1 would choose about 0.25 and fold 2 about 0.75: each is judged by the other's choice.
        (float, bool)[] low = [(0.3f, true), (0.3f, true), (0.2f, false), (0.2f, false)];
        (float, bool)[] high = [(0.8f, true), (0.8f, true), (0.7f, false), (0.7f, false)];
        var folds = FoldAccuracy.CrossValidate([low, high]);
        Assert.Equal(0.75, folds[0].Threshold, 1e-2);
        Assert.Equal(0.25, folds[1].Threshold, 1e-2);
        Assert.Equal([0.5, 0.5], folds.Select(fold => fold.Accuracy));
    }

    [Fact]
    public void A_pair_without_a_face_is_wrong_whatever_was_asked()
    {
        (float, bool)[] fold = [(0.9f, true), (0.1f, false), (float.NaN, true), (float.NaN, false)];
        Assert.All(FoldAccuracy.CrossValidate([fold, fold]), result => Assert.Equal(0.5, result.Accuracy));
    }

    [Fact]
    public void Mean_and_deviation_are_those_of_a_sample()
    {
        var (mean, deviation) = FoldAccuracy.Summarize([new FoldResult(1, 0.9, 0), new FoldResult(2, 1.0, 0)]);
        Assert.Equal(0.95, mean, 1e-12);
        Assert.Equal(0.05 * Math.Sqrt(2), deviation, 1e-12);
    }

    [Fact]
    public void Every_picture_meets_every_other_once()
    {
        var pairs = AllPairs.Count([("Ada", Unit(0)), ("Ada", Unit(10)), ("Bea", Unit(90)), ("Bea", Unit(100)), ("Cid", Unit(180))]);
        Assert.Equal((2, 8), (pairs.Genuine, pairs.Impostor));
    }

    [Fact]
    public void Operating_points_hold_their_rate()
    {
        // Impostors at 0.0000, 0.0001 ... 0.9999, genuine at 0.5 (half) and 0.995 (half).
        var pairs = new AllPairs();
        for (var i = 0; i < 10_000; i++)
            pairs.Add(i / 10_000f + 0.00005f, same: false);
        for (var i = 0; i < 100; i++)
            pairs.Add(i % 2 == 0 ? 0.5f : 0.995f, same: true);

        var one = pairs.At(0.01)!;
        Assert.Equal((0.5, 0.99), (one.TrueAcceptRate, Math.Round(one.Threshold, 3)));
        Assert.Equal(1, pairs.At(0.6)!.TrueAcceptRate);
        Assert.Null(pairs.At(1e-4));
    }

    private static float[] Unit(double degrees) => [(float)Math.Cos(degrees * Math.PI / 180), (float)Math.Sin(degrees * Math.PI / 180)];

    private string Write(string text)
    {
        var path = _folder.File("pairs.txt");
        File.WriteAllText(path, text);
        return path;
    }
}
