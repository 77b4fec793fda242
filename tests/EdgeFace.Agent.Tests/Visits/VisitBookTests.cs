using EdgeFace.Agent.Pipeline;
using EdgeFace.Agent.Visits;
using EdgeFace.Core.Events;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.Vision.Quality;

namespace EdgeFace.Agent.Tests.Visits;

public sealed class VisitBookTests
{
    private const float Stranger = -1;
    private static readonly RecognitionPolicy Policy = new() { Threshold = 0.5f, KnownAfterFaces = 2, UnknownAfterFaces = 3, SwitchMargin = 0.1f };
    private readonly ManualTimeProvider _time = new();
    private readonly FramePool _scenes = new(64, 48, PixelFormat.Bgr24);
    private readonly FramePool _aligned = new(16, 16, PixelFormat.Bgr24);
    private readonly HashSet<Frame> _rented = [];
    private readonly List<VisitReport> _reports = [];
    private readonly VisitBook _book;
    private FakeGallery _gallery = new(FakeGallery.Anna);

    public VisitBookTests()
    {
        var factory = new VisitEventFactory(
            "board", "door", new VisitModels("d@0123456789ab", "l@0123456789ab", FakeGallery.Model), new VisitAgent("1.2.3", null), _time);
        _book = new VisitBook(Policy, factory, () => _gallery, record: true, _time, _reports.Add);
    }

    [Fact]
    public void A_visit_begins_once_is_updated_when_the_decision_changes_and_ends()
    {
        for (var i = 0; i < 3; i++)
            See(1, 0.3f);
        Assert.Equal([(VisitEventType.Begin, VisitDecision.Unknown)], Told());
        for (var i = 0; i < 20; i++)
            See(1, 0.95f);
        Assert.Equal([(VisitEventType.Begin, VisitDecision.Unknown), (VisitEventType.Update, VisitDecision.Known)], Told());
        Gone(1);
        Assert.Equal((VisitEventType.End, VisitDecision.Known), Told()[^1]);
        Assert.Equal(3, _reports.Count);
        Assert.Single(_reports.Select(report => report.Event.Visit).Distinct());
        Assert.Equal(3, _reports.Select(report => report.Event.Id).Distinct().Count());
        Assert.Equal("Anna", _reports[^1].Event.Person!.Name);
        Assert.Equal(0, _book.Open);
        AssertAllReleased();
    }

    [Fact]
    public void A_person_who_leaves_the_gallery_during_a_visit_is_not_named_at_its_end()
    {
        for (var i = 0; i < 5; i++)
            See(1, 0.95f);
        Assert.Equal([(VisitEventType.Begin, VisitDecision.Known)], Told());
        _gallery = new FakeGallery(FakeGallery.Bert);
        Gone(1);
        Assert.Equal((VisitEventType.End, VisitDecision.Unknown), Told()[^1]);
        Assert.Null(_reports[^1].Event.Person);
        AssertAllReleased();
    }

    [Fact]
    public void A_person_who_leaves_the_gallery_while_they_are_seen_becomes_unknown_at_once()
    {
        for (var i = 0; i < 5; i++)
            See(1, 0.95f);
        _gallery = new FakeGallery();
        See(1, 0.95f);
        Assert.Equal([(VisitEventType.Begin, VisitDecision.Known), (VisitEventType.Update, VisitDecision.Unknown)], Told());
        Assert.Null(_reports[^1].Event.Person);
        Gone(1);
        AssertAllReleased();
    }

    [Fact]
    public void A_visit_whose_time_is_up_is_reported_undecided_and_only_once()
    {
        See(1, 0.9f);
        TimeUp(1);
        TimeUp(1);
        Assert.Equal([(VisitEventType.Begin, VisitDecision.Undecided)], Told());
        See(1, 0.9f);
        Gone(1);
        Assert.Equal([(VisitEventType.Begin, VisitDecision.Undecided), (VisitEventType.Update, VisitDecision.Known), (VisitEventType.End, VisitDecision.Known)], Told());
        AssertAllReleased();
    }

    [Fact]
    public void A_face_that_was_never_good_enough_is_reported_when_its_time_is_up()
    {
        TimeUp(1);
        Gone(1);
        Assert.Equal([(VisitEventType.Begin, VisitDecision.Undecided), (VisitEventType.End, VisitDecision.Undecided)], Told());
        Assert.Equal((0, null, null), (_reports[0].Event.Faces, _reports[0].Event.Quality, _reports[0].Event.Similarity));
    }

    [Fact]
    public void A_visit_that_ends_early_still_has_a_begin_before_its_end()
    {
        See(1, 0.9f);
        Gone(1);
        Assert.Equal([(VisitEventType.Begin, VisitDecision.Undecided), (VisitEventType.End, VisitDecision.Undecided)], Told());
        AssertAllReleased();
    }

    [Fact]
    public void A_track_that_goes_before_anything_was_seen_is_counted_and_not_reported()
    {
        Gone(1);
        Assert.Empty(_reports);
        Assert.Equal(1, _book.Ignored);
    }

    [Fact]
    public void Two_tracks_are_two_visits()
    {
        See(1, 0.9f);
        See(2, 0.3f);
        See(1, 0.9f);
        Assert.Equal(2, _book.Open);
        Gone(2);
        Gone(1);
        Assert.Equal(2, _reports.Select(report => report.Event.Visit).Distinct().Count());
        AssertAllReleased();
    }

    [Fact]
    public void A_track_that_somebody_else_takes_over_becomes_two_visits_each_with_its_own_picture()
    {
        See(1, 0.9f, quality: 0.5f);
        See(1, 0.9f, quality: 0.6f);
        for (var i = 0; i < 6; i++)
            See(1, Stranger, quality: 0.9f);
        Gone(1);
        Assert.Equal(
            [
                (VisitEventType.Begin, VisitDecision.Known), (VisitEventType.End, VisitDecision.Known),
                (VisitEventType.Begin, VisitDecision.Unknown), (VisitEventType.End, VisitDecision.Unknown),
            ],
            Told());
        Assert.Equal(2, _reports.Select(report => report.Event.Visit).Distinct().Count());
        Assert.Equal(0.6f, _reports[1].Event.Quality!.Value, 3);

        // What was seen of the first person counts for the first visit alone.
        Assert.Equal(1000, _reports[1].Event.LatencyMs);
        Assert.Equal(5, _reports[1].Event.Frames);
        Assert.Equal((1, 0.0), (_reports[3].Event.Frames, _reports[3].Event.DurationMs));
        Assert.True(_reports[2].Event.LatencyMs < 1000);
        AssertAllReleased();
    }

    private void See(long track, float toAnna, float quality = 0.8f)
    {
        var news = News(FaceNewsKind.Face, track) with { Aligned = Rent(_aligned), Scene = Rent(_scenes), Quality = new FaceQualityScore(quality, 1, 1, 1, 1, 1) };
        _book.Face(news, toAnna == Stranger ? FakeGallery.Face(-0.9f, away: 4) : FakeGallery.Face(toAnna));
        news.Release();
    }

    private void TimeUp(long track) => _book.TimeUp(News(FaceNewsKind.TimeUp, track));

    private void Gone(long track) => _book.Gone(News(FaceNewsKind.Gone, track));

    private List<(VisitEventType, VisitDecision)> Told() => _reports.ConvertAll(report => (report.Event.Type, report.Event.Decision));

    private Frame Rent(FramePool pool)
    {
        var frame = pool.Rent();
        _rented.Add(frame);
        return frame;
    }

    /// <summary>Every frame that was rented is in its pool again once the reports have let go of theirs.</summary>
    private void AssertAllReleased()
    {
        Assert.Contains(_reports, report => report.Scene is not null && report.Recording is { Pictures.Count: > 0 });
        foreach (var report in _reports)
            report.Release();
        foreach (var pool in new[] { _scenes, _aligned })
        {
            var created = pool.Created;
            for (var i = 0; i < created; i++)
                Assert.Contains(pool.Rent(), _rented);
            Assert.Equal(created, pool.Created);
        }
    }

    private FaceNews News(FaceNewsKind kind, long track)
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        return new FaceNews
        {
            Kind = kind,
            TrackId = track,
            Box = new FaceBox(1, 2, 30, 40),
            FrameWidth = 64,
            FrameHeight = 48,
            Frames = 5,
            Timestamp = _time.GetTimestamp(),
            FirstTimestamp = _time.GetTimestamp() - TimeSpan.TicksPerSecond,
            LargeTimestamp = 0,
            FirstSeen = TimeSpan.FromSeconds(1),
            LastSeen = TimeSpan.FromSeconds(3),
            At = TimeSpan.FromSeconds(3),
        };
    }
}
