using EdgeFace.Agent.Configuration;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.Vision.Quality;
using EdgeFace.Vision.Tracking;

namespace EdgeFace.Agent.Pipeline;

/// <summary>Follows faces from frame to frame, and cuts out, aligned, those that are worth comparing.</summary>
internal sealed class TrackStage
{
    /// <summary>Width of a face, in pixels, from which on the time to a decision is counted against the goal.</summary>
    public const float LargeFacePixels = 60;

    private readonly FaceTracker _tracker;
    private readonly float _faceScore;
    private readonly FaceSampler _sampler;
    private volatile Settings _settings;
    private RecognitionOptions _options;
    private bool _keepScenes;
    private readonly StageQueue<FaceNews> _output;
    private readonly DetectStage _detect;
    private readonly StageMeter _trackMeter;
    private readonly StageMeter _alignMeter;
    private readonly FramePool _aligned;
    private readonly Stack<TrackProgress> _free = [];
    private readonly FrameGrab _grab = new();
    private long _nextTrackId;
    private Frame? _frame;
    private TimeSpan _lastMediaTime;
    private long _lastTimestamp;
    private (int Width, int Height) _frameSize = (1, 1);

    public TrackStage(
        AgentOptions options, FaceModels models, bool keepScenes, DetectStage detect, StageQueue<FaceNews> output, StageMeter trackMeter, StageMeter alignMeter)
    {
        var tracking = TrackerSettings.From(options.Tracking, models.Detector.ScoreThreshold);
        _tracker = new FaceTracker(tracking);
        _faceScore = tracking.HighScore;
        models.Detector.ScoreThreshold = tracking.LowScore;
        _sampler = new FaceSampler(models);
        _settings = new Settings(options.Recognition, keepScenes);
        (_options, _keepScenes) = _settings;
        _detect = detect;
        _output = output;
        _trackMeter = trackMeter;
        _alignMeter = alignMeter;
        _aligned = new FramePool(models.Embedder.AlignedSize, models.Embedder.AlignedSize, PixelFormat.Bgr24);
    }

    /// <summary>Frames that were looked at.</summary>
    public long Frames { get; private set; }

    /// <summary>Faces that the detector found in them.</summary>
    public long Faces { get; private set; }

    /// <summary>Takes effect with the next frame. From any thread.</summary>
    public void Use(RecognitionOptions options, bool keepScenes) => _settings = new Settings(options, keepScenes);

    /// <summary>Asks for the next frame that is looked at, held once for whoever asks. From any thread, one at a time.</summary>
    public FrameGrab Grab => _grab;

    public void Process(DetectedFrame detected)
    {
        // Once a frame: all of it is judged by the same settings.
        (_options, _keepScenes) = _settings;
        _frame = detected.Frame;
        if (_frame is null)
            EndAll();
        else
            Follow(_frame, detected.Faces.AsSpan(0, detected.Count));
        _detect.Return(detected);
        _frame = null;
    }

    /// <summary>Ends every track: the source broke off or ended.</summary>
    public void EndAll()
    {
        _tracker.EndAll();
        ReportEnded();
    }

    private void Follow(Frame frame, ReadOnlySpan<FaceDetection> faces)
    {
        Frames++;
        _grab.Show(frame);
        foreach (var face in faces)
            Faces += face.Score >= _faceScore ? 1 : 0;
        _sampler.Show(frame);
        _lastMediaTime = frame.MediaTime;
        _lastTimestamp = frame.Timestamp;
        _frameSize = (frame.Width, frame.Height);
        using (_trackMeter.Start())
        {
            _tracker.Update(faces, frame.MediaTime);
            foreach (var track in _tracker.Tracks)
                Advance(track, frame);
        }

        ReportEnded();
        foreach (var track in _tracker.Tracks)
            Offer(track, faces, frame);
    }

    private void Advance(Track track, Frame frame)
    {
        if (track.Tag is not TrackProgress progress)
        {
            progress = _free.TryPop(out var used) ? used : new TrackProgress();
            progress.Begin(++_nextTrackId, frame.Timestamp);
            track.Tag = progress;
        }

        if (!track.SeenInLastUpdate)
            return;
        progress.Frames++;
        progress.Box = track.Box;
        if (progress.LargeTimestamp == 0 && track.Box.Width >= LargeFacePixels)
            progress.LargeTimestamp = frame.Timestamp;
    }

    private void Offer(Track track, ReadOnlySpan<FaceDetection> faces, Frame frame)
    {
        if (track.State != TrackState.Confirmed || track.Tag is not TrackProgress progress)
            return;
        if (track.DetectionIndex >= 0)
            Compare(progress, track, faces[track.DetectionIndex], frame);
        if (!progress.TimeUp && (frame.MediaTime - track.FirstSeen).TotalMilliseconds >= _options.UndecidedAfterMs)
        {
            progress.TimeUp = true;
            _output.Add(News(FaceNewsKind.TimeUp, progress, track.FirstSeen, track.LastSeen));
        }
    }

    private void Compare(TrackProgress progress, Track track, in FaceDetection face, Frame frame)
    {
        // Cheap gates first: most faces of most frames go no further than here.
        if (face.Score < _faceScore || Math.Min(face.Box.Width, face.Box.Height) < _options.MinFacePixels
            || !progress.IsWorthMeasuring(frame.MediaTime, Interval))
        {
            return;
        }

        FaceNews news;
        using (_alignMeter.Start())
        {
            var landmarks = face.Landmarks ?? _sampler.Locate(face.Box);
            var quality = FaceQuality.Measure(frame, face.Box, landmarks, face.Score);
            if (quality.Total < _options.MinQuality
                || !progress.IsWorthComparing(quality.Total, frame.MediaTime, _options.UnknownAfterFaces, Interval, RecheckInterval))
            {
                return;
            }

            var aligned = _aligned.Rent();
            if (!_sampler.TryAlign(face.Box, landmarks, aligned))
            {
                // Landmarks that span no face come with a false alarm of the detector; a later frame decides.
                aligned.Release();
                return;
            }

            progress.CountCompared(quality.Total, frame.MediaTime);
            news = News(FaceNewsKind.Face, progress, track.FirstSeen, track.LastSeen) with
            {
                Aligned = aligned,
                Scene = _keepScenes ? frame.Retain() : null,
                Quality = quality,
                Box = face.Box,
            };
        }

        if (!_output.Add(news))
            news.Release();
    }

    private TimeSpan Interval => TimeSpan.FromMilliseconds(_options.CompareIntervalMs);

    private TimeSpan RecheckInterval => TimeSpan.FromMilliseconds(_options.RecheckIntervalMs);

    private void ReportEnded()
    {
        foreach (var track in _tracker.Ended)
        {
            if (track.Tag is not TrackProgress progress)
                continue;
            track.Tag = null;
            _output.Add(News(FaceNewsKind.Gone, progress, track.FirstSeen, track.LastSeen));
            _free.Push(progress);
        }
    }

    private FaceNews News(FaceNewsKind kind, TrackProgress progress, TimeSpan firstSeen, TimeSpan lastSeen) => new()
    {
        Kind = kind,
        TrackId = progress.TrackId,
        Box = progress.Box,
        FrameWidth = _frameSize.Width,
        FrameHeight = _frameSize.Height,
        Frames = progress.Frames,
        Timestamp = _lastTimestamp,
        FirstTimestamp = progress.FirstTimestamp,
        LargeTimestamp = progress.LargeTimestamp,
        FirstSeen = firstSeen,
        LastSeen = lastSeen,
        At = _lastMediaTime,
    };

    private sealed record Settings(RecognitionOptions Recognition, bool KeepScenes);
}
