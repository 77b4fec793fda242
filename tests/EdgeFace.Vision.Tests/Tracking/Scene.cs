using EdgeFace.Core.Faces;
using EdgeFace.Vision.Tracking;

namespace EdgeFace.Vision.Tests.Tracking;

/// <summary>Feeds a tracker at a steady frame rate.</summary>
internal sealed class Scene(FaceTracker tracker, double framesPerSecond)
{
    private long _frame;

    public FaceTracker Tracker { get; } = tracker;

    public TimeSpan Now => TimeSpan.FromSeconds(_frame / framesPerSecond);

    public static FaceDetection Face(double x, double y = 100, double size = 100, float score = 0.9f)
        => new(new FaceBox((float)x, (float)y, (float)(size * 0.8), (float)size), score);

    public void Show(params FaceDetection[] faces)
    {
        Tracker.Update(faces, Now);
        _frame++;
    }

    public void Skip(int frames) => _frame += frames;

    /// <summary>The id of the track that took this detection in the last update; -1 when none did.</summary>
    public int IdOf(int detection)
    {
        foreach (var track in Tracker.Tracks)
        {
            if (track.DetectionIndex == detection)
                return track.Id;
        }

        return -1;
    }
}
