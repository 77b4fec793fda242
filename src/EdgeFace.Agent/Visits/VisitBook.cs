using EdgeFace.Agent.Pipeline;
using EdgeFace.Agent.Recording;
using EdgeFace.Core.Events;
using EdgeFace.Core.Faces;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Visits;

/// <summary>
/// The visits of one camera: opens, reports and closes them. A visit is reported once it is decided or its time is up,
/// again when the decision changes, and once more when it ends; what was never reported ends in silence.
/// </summary>
internal sealed class VisitBook(
    RecognitionPolicy policy, VisitEventFactory factory, Func<IGallerySearch> gallery, bool record, TimeProvider time, Action<VisitReport> publish)
{
    private volatile Rules _rules = new(policy, record);
    private readonly Dictionary<long, Visit> _visits = [];
    private readonly Dictionary<Guid, VisitRecorder> _recorders = [];

    /// <summary>Visits under way.</summary>
    public int Open => _visits.Count;

    /// <summary>Visits that ended before anything could be said of them.</summary>
    public long Ignored { get; private set; }

    /// <summary>From now on visits begin with this policy; those under way keep theirs. From any thread.</summary>
    public void Use(RecognitionPolicy newPolicy, bool newRecord) => _rules = new Rules(newPolicy, newRecord);

    /// <summary>A face has been embedded.</summary>
    public void Face(in FaceNews news, Embedding embedding)
    {
        var visit = Find(news.TrackId);
        var search = gallery();
        var before = visit.Decider.Faces;
        var verdict = visit.Decider.Observe(embedding, news.Quality.Total, search);
        if (verdict == Verdict.SomebodyElse)
        {
            End(visit, news, search);
            visit = Begin(news.TrackId);
            visit.StartsAt(news);
            before = 0;
            verdict = visit.Decider.Observe(embedding, news.Quality.Total, search);
        }

        // A face that may be somebody else's must not become the picture of this visit.
        if (visit.Decider.Faces > before)
            visit.Saw(news.Quality.Total, news.Box, news.Scene);
        Recorder(visit)?.Add(news, visit.Decider);
        if (verdict == Verdict.Changed)
            Report(visit.Reported ? VisitEventType.Update : VisitEventType.Begin, visit, news, search);
    }

    /// <summary>The visit has lasted as long as it may without a decision.</summary>
    public void TimeUp(in FaceNews news)
    {
        var visit = Find(news.TrackId);
        if (!visit.Reported)
            Report(VisitEventType.Begin, visit, news, gallery());
    }

    /// <summary>The track has ended.</summary>
    public void Gone(in FaceNews news)
    {
        if (_visits.Remove(news.TrackId, out var visit))
            End(visit, news, gallery());
        else
            Ignored++;
    }

    private Visit Find(long trackId) => _visits.TryGetValue(trackId, out var visit) ? visit : Begin(trackId);

    private Visit Begin(long trackId)
    {
        var rules = _rules;
        var policy = rules.Policy.For(gallery());
        var visit = new Visit(factory.NewId(), new VisitDecider(policy));
        _visits[trackId] = visit;
        if (rules.Record)
            _recorders[visit.Id] = new VisitRecorder(policy, time);
        return visit;
    }

    private VisitRecorder? Recorder(Visit visit) => _recorders.GetValueOrDefault(visit.Id);

    private void End(Visit visit, in FaceNews news, IGallerySearch search)
    {
        visit.Decider.Forget(search);
        _recorders.Remove(visit.Id, out var recorder);
        if (!visit.Reported)
            Report(VisitEventType.Begin, visit, news, search);
        publish(EndReport(visit, news, search, recorder));
        visit.Release();
    }

    private VisitReport EndReport(Visit visit, in FaceNews news, IGallerySearch search, VisitRecorder? recorder)
    {
        var visitEvent = factory.Create(VisitEventType.End, visit, news, search);
        return new VisitReport
        {
            Event = visitEvent,
            Scene = visit.Scene?.Retain(),
            SceneBox = visit.SceneBox,
            Recording = recorder?.Finish(visitEvent),
        };
    }

    private void Report(VisitEventType type, Visit visit, in FaceNews news, IGallerySearch search)
    {
        visit.Decider.Forget(search);
        visit.Reported = true;
        publish(new VisitReport
        {
            Event = factory.Create(type, visit, news, search),
            LargeLatencyMs = news.LargeTimestamp == 0 ? null : time.GetElapsedTime(Math.Max(news.LargeTimestamp, visit.Start?.Timestamp ?? 0)).TotalMilliseconds,
        });
    }

    private sealed record Rules(RecognitionPolicy Policy, bool Record);
}
