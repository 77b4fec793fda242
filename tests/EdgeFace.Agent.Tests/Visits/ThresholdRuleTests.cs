using EdgeFace.Agent.Commands;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Visits;
using EdgeFace.Core.Recognition;
using EdgeFace.Inference;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Visits;

/// <summary>The threshold that follows the gallery, and what a fixed one costs.</summary>
public sealed class ThresholdRuleTests
{
    private static readonly ScoreCalibration Drawn = new(
        "m@1", "drawn", 10_000_000, 10_000, [new(0.1, 0.0), new(0.01, 0.1), new(0.001, 0.2)], new ScoreTail(0.3, 1e-4, 0.1 / Math.Log(10), 0, 1000),
        [new(0.001, 0.3), new(0.5, 0.6), new(0.999, 0.9)]);

    private static readonly RecognitionPolicy Policy = new() { Threshold = 0.4f, KnownAfterFaces = 2, UnknownAfterFaces = 5, SwitchMargin = 0.1f };

    [Fact]
    public void A_larger_gallery_asks_for_more_similarity()
    {
        var policy = Policy with { Rule = new ThresholdRule(0.001, Drawn) };
        var (small, large) = (policy.For(new FakeGallery { TemplateCount = 100 }).Threshold, policy.For(new FakeGallery { TemplateCount = 10_000 }).Threshold);
        Assert.Equal(0.2, large - small, 1e-2);
        Assert.Equal(0.001, policy.Rule.FpirOf(large, 10_000)!.Value, 1e-5);
        Assert.Same(Policy, Policy.For(new FakeGallery { TemplateCount = 100 }));
        Assert.Null(Policy.Rule.FpirOf(0.4f, 100));
    }

    /// <summary>Every embedder that ships can have its threshold computed: at one template that is its default, at a rate of 1 in 10,000.</summary>
    [Theory]
    [InlineData("embedder-mobilefacenet")]
    [InlineData("embedder-int8")]
    public void Shipped_embedders_follow_the_gallery_by_a_calibration_of_their_own(string name)
    {
        using var embedder = new FaceEmbedder(ModelPackage.Load(Path.Combine(Repository.Root, "models", name)), new InferenceOptions { Threads = 1 });
        var policy = AgentRuntime.PolicyOf(new RecognitionOptions { Fpir = 1e-4 }, embedder);
        Assert.Equal(embedder.DefaultThreshold, policy.For(new FakeGallery { TemplateCount = 1 }).Threshold, 2e-3);
        Assert.True(policy.For(new FakeGallery { TemplateCount = 1000 }).Threshold > embedder.DefaultThreshold + 0.1f);
    }

    [Fact]
    public void Advice_states_both_rates_for_every_size()
    {
        var advice = GalleryAdviseCommand.Advise(Drawn, 5000, 0.4f, 0.01, (0, null));
        Assert.Equal([10, 100, 1000, 5000, 10_000, 100_000, 1_000_000], advice.Sizes.Select(row => row.Templates));
        Assert.Equal(1 - Math.Pow(1 - 1e-5, 5000), advice.Sizes[3].Fpir, 1e-3);
        Assert.All(advice.Sizes.Zip(advice.Sizes.Skip(1)), pair =>
        {
            Assert.True(pair.First.Fpir <= pair.Second.Fpir);
            Assert.True(pair.First.ThresholdForFpir < pair.Second.ThresholdForFpir);
            Assert.True(pair.First.FnirThere <= pair.Second.FnirThere);
        });
        Assert.Equal([false, false, false, false, false, true, true], advice.Sizes.Select(row => row.Extrapolated));
    }
}
