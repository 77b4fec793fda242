using EdgeFace.Core.Faces;

namespace EdgeFace.Vision.Tracking;

/// <summary>
/// One face followed over the frames of a source. The object belongs to its <see cref="FaceTracker"/>, which changes it in every
/// update and uses it anew for another face some time after it has ended; see <see cref="FaceTracker.Ended"/> for when.
/// </summary>
public sealed class Track
{
    private KalmanBox _motion;

    internal Track()
    {
    }

    /// <summary>Counted from 1 in a tracker; never given twice.</summary>
    public int Id { get; private set; }

    /// <summary>The smoothed box when the face was last seen, in pixels of the source frame; it stands still while the face is not seen.</summary>
    public FaceBox Box { get; private set; }

    /// <summary>Where the motion so far put the face at the time of the last update, before that update's detections were looked at.</summary>
    public FaceBox PredictedBox { get; private set; }

    /// <summary>Score of the detection that was matched last, 0..1.</summary>
    public float Score { get; private set; }

    /// <summary>How many detections have been matched.</summary>
    public int Hits { get; private set; }

    /// <summary>Media time of the first detection.</summary>
    public TimeSpan FirstSeen { get; private set; }

    /// <summary>Media time of the last detection.</summary>
    public TimeSpan LastSeen { get; private set; }

    public TrackState State { get; private set; }

    /// <summary>Whether the track was ever confirmed; tells a face that left from a false alarm among <see cref="FaceTracker.Ended"/>.</summary>
    public bool WasConfirmed { get; private set; }

    public bool SeenInLastUpdate => DetectionIndex >= 0;

    /// <summary>Index of the matched detection in the span that was given to the last update; -1 when none was.</summary>
    public int DetectionIndex { get; private set; }

    /// <summary>The consumer's own; the tracker only sets it to null, before it uses the object for another face.</summary>
    public object? Tag { get; set; }

    internal void Start(int id, in FaceDetection detection, int index, TimeSpan now, int confirmHits)
    {
        Id = id;
        _motion = KalmanBox.Start(detection.Box);
        PredictedBox = detection.Box;
        FirstSeen = now;
        Hits = 0;
        State = TrackState.Tentative;
        WasConfirmed = false;
        Take(detection, index, now, confirmHits);
    }

    /// <param name="dt">In nominal frame intervals, at least 0.</param>
    internal void Predict(double dt)
    {
        DetectionIndex = -1;
        if (State == TrackState.Lost)
            _motion.HoldSize();
        _motion.Predict(dt);
        PredictedBox = _motion.ToBox();
    }

    internal void Match(in FaceDetection detection, int index, TimeSpan now, int confirmHits)
    {
        _motion.Update(detection.Box);
        Take(detection, index, now, confirmHits);
    }

    internal void Lose() => State = TrackState.Lost;

    internal void End()
    {
        State = TrackState.Ended;
        DetectionIndex = -1;
    }

    private void Take(in FaceDetection detection, int index, TimeSpan now, int confirmHits)
    {
        Box = _motion.ToBox();
        Score = detection.Score;
        DetectionIndex = index;
        LastSeen = now;
        Hits++;
        if (State != TrackState.Tentative || Hits >= confirmHits)
        {
            State = TrackState.Confirmed;
            WasConfirmed = true;
        }
    }
}
