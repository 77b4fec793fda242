using EdgeFace.Core.Faces;

namespace EdgeFace.Vision.Tracking;

/// <summary>
/// Follows faces from frame to frame: the two-threshold association of ByteTrack (Zhang et al. 2022) over a constant-velocity
/// Kalman filter (see <see cref="TrackerOptions"/> for its settings). Detections with high scores are matched with confirmed and
/// lost tracks first, then detections with low scores with the confirmed tracks left over, then the high ones left over with
/// tentative tracks; a high one that still is free starts a track.
/// </summary>
/// <remarks>
/// For one caller at a time. An update allocates nothing once the pool of tracks has filled. The step of the filter is the media
/// time that has passed, so any frame rate will do, and dropped frames too, as long as a face overlaps with where it is expected.
/// </remarks>
public sealed class FaceTracker
{
    /// <summary>Frames a second that the filter's noise is stated for.</summary>
    public const int NominalFramesPerSecond = 30;

    /// <summary>
    /// Media time that runs back by at most this much is jitter of time stamps and counts as standing still. More means that the
    /// source was opened anew: all tracks end.
    /// </summary>
    public static readonly TimeSpan MaxBackwardJitter = TimeSpan.FromMilliseconds(200);

    private readonly TrackerOptions _options;
    private readonly TimeSpan _maxLost;
    private readonly TrackRegistry _registry;
    private readonly DetectionSelection _selection;
    private readonly Association _association;
    private readonly Track[] _candidates;
    private TimeSpan? _now;

    /// <exception cref="ArgumentException">An option is out of its limits; the message names every fault.</exception>
    public FaceTracker(TrackerOptions options)
    {
        if (options.Validate() is { Count: > 0 } faults)
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        var capacity = 2 * options.MaxFaces;
        _options = options;
        _maxLost = TimeSpan.FromMilliseconds(options.MaxLostMs);
        _registry = new TrackRegistry(capacity);
        _selection = new DetectionSelection(options.MaxFaces);
        _association = new Association(capacity, options.MaxFaces, options.ConfirmHits);
        _candidates = new Track[capacity];
    }

    /// <summary>The tentative, confirmed and lost tracks, oldest first; valid until the next update.</summary>
    public ReadOnlySpan<Track> Tracks => _registry.Live;

    /// <summary>
    /// The tracks that the last <see cref="Update"/> or <see cref="EndAll"/> ended, each listed once. A listed track is left
    /// untouched throughout the following call of either; after that its <see cref="Track.Tag"/> is cleared and the object may
    /// come back as another face. So a consumer that handles this list after every call may use the tracks until it has
    /// handled the next one, and must not keep them longer.
    /// </summary>
    public ReadOnlySpan<Track> Ended => _registry.Ended;

    /// <summary>Takes in the faces of one frame.</summary>
    /// <param name="detections">
    /// In pixels of the source frame, in any order, after non-maximum suppression, down to <see cref="TrackerOptions.LowScore"/>.
    /// Boxes that are degenerate or not finite are ignored. May be empty: time passes all the same.
    /// </param>
    /// <param name="mediaTime">The frame's <see cref="Core.Imaging.Frame.MediaTime"/>.</param>
    public void Update(ReadOnlySpan<FaceDetection> detections, TimeSpan mediaTime)
    {
        _registry.Turn();
        Advance(mediaTime);
        _selection.Fill(detections, _options.LowScore);
        var indices = _selection.Indices;
        var highCount = _selection.CountFrom(detections, _options.HighScore);
        var high = indices[..highCount];
        var low = indices[highCount..];
        var now = _now.GetValueOrDefault();

        var left = _association.Run(Unseen(TrackState.Confirmed, TrackState.Lost), detections, high, _options.MatchIou, now);
        _association.Run(Unseen(TrackState.Confirmed, TrackState.Confirmed), detections, low, _options.LowMatchIou, now);
        left = _association.Run(
            Unseen(TrackState.Tentative, TrackState.Tentative), detections, high[..left], _options.TentativeMatchIou, now);
        MissUnseen();
        StartTracks(detections, high[..left]);
    }

    /// <summary>Ends every track: the source is over, or the camera has been moved.</summary>
    public void EndAll()
    {
        _registry.Turn();
        EndLive();
        _now = null;
    }

    private void Advance(TimeSpan mediaTime)
    {
        if (_now is { } last && mediaTime < last)
        {
            if (last - mediaTime > MaxBackwardJitter)
                EndLive();
            else
                mediaTime = last;
        }

        var dt = _registry.Live.IsEmpty ? 0 : (mediaTime - _now.GetValueOrDefault()).TotalSeconds * NominalFramesPerSecond;
        _now = mediaTime;
        foreach (var track in _registry.Live)
        {
            track.Predict(dt);
            if (mediaTime - track.LastSeen > _maxLost)
                track.End();
        }

        _registry.Sweep();
    }

    private ReadOnlySpan<Track> Unseen(TrackState state, TrackState orState)
    {
        var count = 0;
        foreach (var track in _registry.Live)
        {
            if (!track.SeenInLastUpdate && (track.State == state || track.State == orState))
                _candidates[count++] = track;
        }

        return _candidates.AsSpan(0, count);
    }

    private void MissUnseen()
    {
        foreach (var track in _registry.Live)
        {
            if (track.SeenInLastUpdate)
                continue;
            if (track.State == TrackState.Tentative)
                track.End();
            else
                track.Lose();
        }

        _registry.Sweep();
    }

    private void StartTracks(ReadOnlySpan<FaceDetection> detections, ReadOnlySpan<int> indices)
    {
        foreach (var index in indices)
        {
            // There is one: at most MaxFaces of twice as many tracks can have been seen in this update.
            if (_registry.IsFull)
                EndLongestLost();
            var track = _registry.Add(out var id);
            track.Start(id, detections[index], index, _now.GetValueOrDefault(), _options.ConfirmHits);
        }
    }

    private void EndLongestLost()
    {
        Track? longest = null;
        foreach (var track in _registry.Live)
        {
            if (track.State == TrackState.Lost && (longest is null || track.LastSeen < longest.LastSeen))
                longest = track;
        }

        longest?.End();
        _registry.Sweep();
    }

    private void EndLive()
    {
        foreach (var track in _registry.Live)
            track.End();
        _registry.Sweep();
    }
}
