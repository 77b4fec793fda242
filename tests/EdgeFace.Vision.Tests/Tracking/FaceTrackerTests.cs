using EdgeFace.Vision.Tracking;

namespace EdgeFace.Vision.Tests.Tracking;

public sealed class FaceTrackerTests
{
    [Fact]
    public void A_face_is_confirmed_after_so_many_hits_in_a_row()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions { ConfirmHits = 3 }), 30);
        scene.Show(Scene.Face(10));
        Assert.Equal(TrackState.Tentative, scene.Tracker.Tracks[0].State);
        scene.Show(Scene.Face(11));
        Assert.Equal(TrackState.Tentative, scene.Tracker.Tracks[0].State);
        scene.Show(Scene.Face(12));
        var track = scene.Tracker.Tracks[0];
        Assert.Equal(TrackState.Confirmed, track.State);
        Assert.Equal(3, track.Hits);
        Assert.Equal(1, track.Id);
        Assert.Equal(TimeSpan.Zero, track.FirstSeen);
        Assert.Equal(TimeSpan.FromSeconds(2 / 30.0), track.LastSeen);
    }

    [Fact]
    public void A_tentative_track_ends_at_its_first_miss_and_was_never_confirmed()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), 30);
        scene.Show(Scene.Face(10));
        scene.Show();
        Assert.True(scene.Tracker.Tracks.IsEmpty);
        var ended = Assert.Single(scene.Tracker.Ended.ToArray());
        Assert.Equal(TrackState.Ended, ended.State);
        Assert.False(ended.WasConfirmed);
        scene.Show();
        Assert.True(scene.Tracker.Ended.IsEmpty);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(30)]
    [InlineData(60)]
    public void A_walking_face_keeps_its_id_at_any_frame_rate(double framesPerSecond)
    {
        // 200 px a second with a face of 80 x 100: half a face a frame at 5 frames a second.
        var scene = new Scene(new FaceTracker(new TrackerOptions()), framesPerSecond);
        for (var i = 0; i < 4 * framesPerSecond; i++)
        {
            scene.Show(Scene.Face(50 + 200 * scene.Now.TotalSeconds, 100 + 20 * scene.Now.TotalSeconds));
            Assert.Equal(1, scene.IdOf(0));
        }

        Assert.Equal(1, scene.Tracker.Tracks.Length);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(30)]
    [InlineData(60)]
    public void Prediction_of_a_steady_walk_is_right_at_any_frame_rate(double framesPerSecond)
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), framesPerSecond);
        var frames = (int)(3 * framesPerSecond);
        for (var i = 0; i < frames; i++)
            scene.Show(Scene.Face(50 + 150 * scene.Now.TotalSeconds));
        var truth = Scene.Face(50 + 150 * scene.Now.TotalSeconds).Box;
        scene.Show(Scene.Face(truth.X));
        Assert.InRange(scene.Tracker.Tracks[0].PredictedBox.CenterX, truth.CenterX - 4, truth.CenterX + 4);
    }

    [Fact]
    public void Dropped_frames_change_no_id()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), 30);
        for (var i = 0; i < 60; i++)
        {
            scene.Show(Scene.Face(50 + 240 * scene.Now.TotalSeconds));
            Assert.Equal(1, scene.IdOf(0));
            scene.Skip(i > 5 ? i % 12 : 0);
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(30)]
    public void Two_faces_that_cross_keep_their_ids(double framesPerSecond)
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), framesPerSecond);
        while (scene.Now < TimeSpan.FromSeconds(4))
        {
            var t = scene.Now.TotalSeconds;
            // The order of the detections changes on the way, as a detector's would.
            var (right, left) = (Scene.Face(50 + 150 * t, 100), Scene.Face(650 - 150 * t, 112));
            var swapped = t > 2;
            if (swapped)
                scene.Show(left, right);
            else
                scene.Show(right, left);
            Assert.Equal(swapped ? 2 : 1, scene.IdOf(0));
            Assert.Equal(swapped ? 1 : 2, scene.IdOf(1));
        }
    }

    [Fact]
    public void A_face_hidden_behind_another_while_they_cross_comes_back_with_its_id()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), 30);
        var hidden = 0;
        while (scene.Now < TimeSpan.FromSeconds(3))
        {
            var t = scene.Now.TotalSeconds;
            var (near, far) = (Scene.Face(50 + 150 * t, 90, 120), Scene.Face(1100 - 400 * t, 100));
            if (near.Box.Iou(far.Box) > 0.15f)
            {
                scene.Show(near);
                hidden++;
            }
            else
            {
                scene.Show(near, far);
                Assert.Equal(2, scene.IdOf(1));
            }

            Assert.Equal(1, scene.IdOf(0));
        }

        Assert.InRange(hidden, 5, 20);
    }

    [Theory]
    [InlineData(800, 1)]
    [InlineData(1300, 2)]
    public void A_face_keeps_its_id_over_a_gap_that_is_short_enough(int gapMs, int expectedId)
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions { MaxLostMs = 1000 }), 30);
        for (var i = 0; i < 10; i++)
            scene.Show(Scene.Face(100));
        var ended = 0;
        for (var i = 0; i < gapMs * 30 / 1000; i++)
        {
            scene.Show();
            ended += scene.Tracker.Ended.Length;
        }

        scene.Show(Scene.Face(104));
        Assert.Equal(expectedId, scene.IdOf(0));
        Assert.Equal(expectedId - 1, ended);
    }

    [Fact]
    public void A_lost_track_says_so_and_its_box_stands_still()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), 30);
        for (var i = 0; i < 10; i++)
            scene.Show(Scene.Face(100 + 5 * i));
        var track = scene.Tracker.Tracks[0];
        var (box, seen) = (track.Box, track.LastSeen);
        scene.Show();
        Assert.Equal(TrackState.Lost, track.State);
        Assert.False(track.SeenInLastUpdate);
        Assert.Equal(-1, track.DetectionIndex);
        Assert.Equal(box, track.Box);
        Assert.Equal(seen, track.LastSeen);
        Assert.True(track.PredictedBox.X > box.X + 2);
    }

    [Fact]
    public void Low_scores_keep_a_track_alive()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), 30);
        for (var i = 0; i < 5; i++)
            scene.Show(Scene.Face(100));
        for (var i = 0; i < 90; i++)
        {
            scene.Show(Scene.Face(100 + i, score: 0.4f));
            Assert.Equal(1, scene.IdOf(0));
            Assert.Equal(TrackState.Confirmed, scene.Tracker.Tracks[0].State);
        }

        Assert.Equal(0.4f, scene.Tracker.Tracks[0].Score);
    }

    [Fact]
    public void Low_scores_never_start_a_track_nor_bring_a_lost_one_back()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), 30);
        for (var i = 0; i < 5; i++)
            scene.Show(Scene.Face(100, score: 0.6f));
        Assert.True(scene.Tracker.Tracks.IsEmpty);

        for (var i = 0; i < 5; i++)
            scene.Show(Scene.Face(100));
        scene.Show();
        scene.Show(Scene.Face(100, score: 0.6f));
        Assert.Equal(TrackState.Lost, scene.Tracker.Tracks[0].State);
    }

    [Fact]
    public void Scores_below_the_low_one_are_not_there()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions()), 30);
        for (var i = 0; i < 5; i++)
            scene.Show(Scene.Face(100));
        scene.Show(Scene.Face(100, score: 0.2f));
        Assert.Equal(TrackState.Lost, scene.Tracker.Tracks[0].State);
    }

    [Fact]
    public void A_good_match_is_not_given_up_for_two_poor_ones()
    {
        var scene = new Scene(new FaceTracker(new TrackerOptions { MatchIou = 0.2f }), 30);
        for (var i = 0; i < 5; i++)
            scene.Show(Scene.Face(100), Scene.Face(170));
        // Overlaps: 0.55 of the first track with the first face; 0.30 with the second; 0.26 of the second track with the first.
        scene.Show(Scene.Face(123), Scene.Face(57));
        Assert.Equal(1, scene.IdOf(0));
        Assert.Equal(3, scene.IdOf(1));
    }

    [Fact]
    public void Faults_of_options_are_named_all_at_once()
    {
        var options = new TrackerOptions { HighScore = 0.2f, LowScore = float.NaN, MaxFaces = 0 };
        var error = Assert.Throws<ArgumentException>(() => new FaceTracker(options));
        Assert.Contains("LowScore must be 0.01 to 0.99, not NaN.", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxFaces must be 1 to 256, not 0.", error.Message, StringComparison.Ordinal);
        Assert.Equal(["LowScore (0.3) must not be above HighScore (0.2)."], new TrackerOptions { HighScore = 0.2f }.Validate());
        Assert.Empty(new TrackerOptions().Validate());
    }
}
