namespace EdgeFace.Vision.Tracking;

/// <summary>What a <see cref="FaceTracker"/> holds of a track.</summary>
public enum TrackState
{
    /// <summary>Seen in every update so far, but fewer than <see cref="TrackerOptions.ConfirmHits"/> times; ends at the first miss.</summary>
    Tentative,

    /// <summary>Confirmed, and seen in the last update.</summary>
    Confirmed,

    /// <summary>Confirmed, but not seen in the last update; kept for <see cref="TrackerOptions.MaxLostMs"/>.</summary>
    Lost,

    /// <summary>Over; it stands in <see cref="FaceTracker.Ended"/> once and is never seen again.</summary>
    Ended,
}
