using EdgeFace.Agent.Visits;
using EdgeFace.Core.Events;
using EdgeFace.Core.Faces;

namespace EdgeFace.Agent.Tests.Visits;

public sealed class VisitDeciderTests
{
    private static readonly FakeGallery Both = new(FakeGallery.Anna, FakeGallery.Bert);
    private readonly VisitDecider _decider = new(new RecognitionPolicy { Threshold = 0.5f, KnownAfterFaces = 2, UnknownAfterFaces = 4, SwitchMargin = 0.1f });

    [Fact]
    public void Known_as_soon_as_enough_faces_agree()
    {
        Assert.Equal(Verdict.Unchanged, See(0.8f));
        Assert.Equal(VisitDecision.Undecided, _decider.Decision);
        Assert.Null(_decider.Person);
        Assert.Equal(Verdict.Changed, See(0.8f));
        Assert.Equal((VisitDecision.Known, FakeGallery.Anna), (_decider.Decision, _decider.Person));
        Assert.Equal(0.8f, _decider.Similarity!.Value, 5);
    }

    [Fact]
    public void Unknown_once_enough_faces_were_compared()
    {
        for (var i = 0; i < 3; i++)
            Assert.Equal(Verdict.Unchanged, See(0.2f));
        Assert.Equal(Verdict.Changed, See(0.2f));
        Assert.Equal((VisitDecision.Unknown, null), (_decider.Decision, _decider.Person));
        Assert.Equal(0.2f, _decider.Similarity!.Value, 5);
    }

    [Fact]
    public void Unknown_may_still_become_known_but_known_never_becomes_unknown()
    {
        for (var i = 0; i < 4; i++)
            See(0.3f);
        Assert.Equal(VisitDecision.Unknown, _decider.Decision);
        for (var i = 0; i < 30 && _decider.Decision != VisitDecision.Known; i++)
            See(0.95f);
        Assert.Equal(FakeGallery.Anna, _decider.Person);
        var similarity = _decider.Similarity;
        for (var i = 0; i < 60; i++)
            Assert.Equal(Verdict.Unchanged, See(0.1f));
        Assert.Equal((VisitDecision.Known, FakeGallery.Anna), (_decider.Decision, _decider.Person));
        Assert.True(similarity <= _decider.BestSimilarity);
    }

    [Fact]
    public void Another_person_takes_a_known_visit_over_only_by_the_margin()
    {
        See(0.55f, 0.50f);
        See(0.55f, 0.50f);
        Assert.Equal(FakeGallery.Anna, _decider.Person);
        for (var i = 0; i < 200; i++)
            Assert.Equal(Verdict.Unchanged, See(0.55f, 0.60f));
        Assert.Equal(FakeGallery.Anna, _decider.Person);
        var changed = 0;
        for (var i = 0; i < 200; i++)
            changed += See(0.3f, 0.9f) == Verdict.Changed ? 1 : 0;
        Assert.Equal((1, FakeGallery.Bert), (changed, _decider.Person));
    }

    [Theory]
    [InlineData(0.5001f, VisitDecision.Known)]
    [InlineData(0.4999f, VisitDecision.Undecided)]
    public void The_threshold_is_where_it_says(float similarity, VisitDecision expected)
    {
        See(similarity);
        See(similarity);
        Assert.Equal(expected, _decider.Decision);
    }

    [Theory]
    [InlineData(0.7f, 0.71f, VisitDecision.Known)]
    [InlineData(0.7f, 0.69f, VisitDecision.Unknown)]
    [InlineData(0.3f, 0.31f, VisitDecision.Known)]
    [InlineData(0.3f, 0.29f, VisitDecision.Unknown)]
    public void A_persons_own_threshold_takes_the_place_of_the_boards(float own, float similarity, VisitDecision expected)
    {
        var gallery = new FakeGallery(FakeGallery.Anna with { Threshold = own }, FakeGallery.Bert);
        for (var i = 0; i < 4; i++)
            _decider.Observe(FakeGallery.Face(similarity), 0.9f, gallery);
        Assert.Equal((expected, own), (_decider.Decision, _decider.Threshold));
        Assert.Equal(expected == VisitDecision.Known, _decider.Person is not null);
    }

    /// <summary>Anna is nearest and asks for more; Bert, who is less like the face, would ask for less.</summary>
    [Fact]
    public void The_nearest_decides_and_not_the_second_who_asks_for_less()
    {
        var gallery = new FakeGallery(FakeGallery.Anna with { Threshold = 0.7f }, FakeGallery.Bert with { Threshold = 0.3f });
        for (var i = 0; i < 4; i++)
            _decider.Observe(FakeGallery.Face(0.6f, 0.55f), 0.9f, gallery);
        Assert.Equal((VisitDecision.Unknown, null, 0.7f), (_decider.Decision, _decider.Person, _decider.Threshold));
        Assert.Equal(0.6f, _decider.Similarity!.Value, 5);
        for (var i = 0; i < 40 && _decider.Decision == VisitDecision.Unknown; i++)
            _decider.Observe(FakeGallery.Face(0.2f, 0.65f), 0.9f, gallery);
        Assert.Equal((FakeGallery.Bert.Id, 0.3f), (_decider.Person!.Id, _decider.Threshold));
    }

    /// <summary>Single faces may lie below by the slack, of the person's own threshold as well.</summary>
    [Fact]
    public void Single_faces_count_by_the_persons_own_threshold()
    {
        var strict = new FakeGallery(FakeGallery.Anna with { Threshold = 0.7f });
        // Fused they are similar enough, each alone is not.
        _decider.Observe(FakeGallery.Face(0.6f, away: 2), 0.9f, strict);
        _decider.Observe(FakeGallery.Face(0.6f, away: 3), 0.9f, strict);
        _decider.Observe(FakeGallery.Face(0.6f, away: 4), 0.9f, strict);
        Assert.True(_decider.Similarity > 0.7f);
        Assert.Equal(VisitDecision.Undecided, _decider.Decision);
    }

    [Fact]
    public void Who_leaves_the_gallery_takes_their_threshold_along_and_one_that_changes_is_followed()
    {
        var people = new[] { 0.4f, 0.45f }.Select(own => FakeGallery.Anna with { Threshold = own }).ToArray();
        for (var i = 0; i < 2; i++)
            _decider.Observe(FakeGallery.Face(0.48f), 0.9f, new FakeGallery(people[0]));
        Assert.Equal((VisitDecision.Known, 0.4f), (_decider.Decision, _decider.Threshold));
        _decider.Observe(FakeGallery.Face(0.48f), 0.9f, new FakeGallery(people[1]));
        Assert.Equal(0.45f, _decider.Threshold);
        Assert.True(_decider.Forget(new FakeGallery()));
        Assert.Equal((VisitDecision.Unknown, 0.5f), (_decider.Decision, _decider.Threshold));
    }

    [Fact]
    public void The_gallery_is_asked_for_the_nearest_templates_of_the_policy()
    {
        var gallery = new FakeGallery(FakeGallery.Anna);
        new VisitDecider(new RecognitionPolicy { Threshold = 0.5f, KnownAfterFaces = 2, UnknownAfterFaces = 4, SwitchMargin = 0.1f, NearestTemplates = 3 })
            .Observe(FakeGallery.Face(0.6f), 0.9f, gallery);
        Assert.Equal(3, gallery.Nearest);
    }

    [Fact]
    public void Somebody_else_is_noticed_after_three_faces_in_a_row_and_not_taken_in()
    {
        See(0.9f);
        See(0.9f);
        var faces = _decider.Faces;
        Assert.Equal(Verdict.Unchanged, Stranger());
        Assert.Equal(Verdict.Unchanged, Stranger());
        Assert.Equal(Verdict.Unchanged, See(0.9f));
        Assert.Equal(Verdict.Unchanged, Stranger());
        Assert.Equal(Verdict.Unchanged, Stranger());
        Assert.Equal(Verdict.SomebodyElse, Stranger());
        Assert.Equal(faces + 1, _decider.Faces);

        Verdict Stranger() => _decider.Observe(FakeGallery.Face(-0.5f, 0.5f, away: 4), 0.9f, Both);
    }

    [Fact]
    public void Nobody_is_enrolled_so_everybody_is_unknown_without_a_similarity()
    {
        var nobody = new FakeGallery();
        for (var i = 0; i < 4; i++)
            _decider.Observe(FakeGallery.Face(0.9f), 1, nobody);
        Assert.Equal((VisitDecision.Unknown, null, null), (_decider.Decision, _decider.Similarity, _decider.BestSimilarity));
    }

    [Fact]
    public void The_template_is_the_mean_weighted_by_quality()
    {
        var template = new FusedTemplate();
        Assert.Null(template.Mean);
        Embedding[] faces = [FakeGallery.Face(0.9f), FakeGallery.Face(0.1f, 0.7f), FakeGallery.Face(-0.2f, 0.4f, away: 3)];
        float[] qualities = [0.8f, 0, 0.3f];
        var sum = new double[FakeGallery.Dimension];
        for (var f = 0; f < faces.Length; f++)
        {
            template.Add(faces[f], qualities[f]);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += Math.Max(0.01, qualities[f]) * faces[f].Values[i];
        }

        var norm = Math.Sqrt(sum.Sum(value => value * value));
        for (var i = 0; i < sum.Length; i++)
            Assert.Equal(sum[i] / norm, template.Mean!.Values[i], 5);
        Assert.Equal(3, template.Count);
    }

    private Verdict See(float toAnna, float toBert = 0) => _decider.Observe(FakeGallery.Face(toAnna, toBert), 0.9f, Both);
}
