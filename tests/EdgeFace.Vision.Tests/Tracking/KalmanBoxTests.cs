using System.Text.Json;
using EdgeFace.Core.Faces;
using EdgeFace.TestKit;
using EdgeFace.Vision.Tracking;

namespace EdgeFace.Vision.Tests.Tracking;

/// <summary>Golden data: tests/golden/tracking/generate.py, an 8x8 filter in matrix form (numpy, scipy, float64).</summary>
public sealed class KalmanBoxTests
{
    [Fact]
    public void Predictions_and_updates_agree_with_the_matrix_form()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Repository.Golden("tracking/kalman.json")));
        var compared = 0;
        foreach (var run in golden.RootElement.GetProperty("runs").EnumerateArray())
        {
            var motion = KalmanBox.Start(Box(run.GetProperty("start")));
            foreach (var step in run.GetProperty("steps").EnumerateArray())
            {
                motion.Predict(step.GetProperty("dt").GetDouble());
                AssertState(step.GetProperty("predicted"), motion);
                if (step.GetProperty("box") is { ValueKind: JsonValueKind.Array } box)
                    motion.Update(Box(box));
                AssertState(step.GetProperty("state"), motion);
                AssertCovariance(step, motion);
                compared++;
            }
        }

        Assert.Equal(96, compared);
    }

    [Fact]
    public void One_long_step_predicts_what_many_short_ones_do()
    {
        var once = KalmanAxis.Start(100, 8, 2);
        once.Velocity = 3;
        var often = once;
        once.Predict(6, 4, 0.5);
        for (var i = 0; i < 12; i++)
            often.Predict(0.5, 4, 0.5);

        AssertClose(once.Position, often.Position);
        AssertClose(once.PositionVariance, often.PositionVariance);
        AssertClose(once.Covariance, often.Covariance);
        AssertClose(once.VelocityVariance, often.VelocityVariance);
    }

    [Fact]
    public void A_shrinking_face_never_gets_a_size_of_zero()
    {
        var motion = KalmanBox.Start(new FaceBox(0, 0, 80, 100));
        motion.Height.Velocity = -30;
        motion.Aspect.Velocity = -1;
        motion.Predict(60);
        var box = motion.ToBox();
        Assert.True(box.Width > 0 && box.Height > 0);
    }

    private static FaceBox Box(JsonElement box) => new(box[0].GetSingle(), box[1].GetSingle(), box[2].GetSingle(), box[3].GetSingle());

    private static KalmanAxis[] Axes(KalmanBox motion) => [motion.X, motion.Y, motion.Aspect, motion.Height];

    private static void AssertState(JsonElement expected, KalmanBox motion)
    {
        var axes = Axes(motion);
        for (var i = 0; i < 4; i++)
        {
            AssertClose(expected[i].GetDouble(), axes[i].Position);
            AssertClose(expected[i + 4].GetDouble(), axes[i].Velocity);
        }
    }

    private static void AssertCovariance(JsonElement step, KalmanBox motion)
    {
        var axes = Axes(motion);
        for (var i = 0; i < 4; i++)
        {
            AssertClose(step.GetProperty("variances")[i].GetDouble(), axes[i].PositionVariance);
            AssertClose(step.GetProperty("variances")[i + 4].GetDouble(), axes[i].VelocityVariance);
            AssertClose(step.GetProperty("covariances")[i].GetDouble(), axes[i].Covariance);
        }
    }

    private static void AssertClose(double expected, double actual)
        => Assert.True(Math.Abs(expected - actual) <= 1e-13 + 1e-8 * Math.Abs(expected), $"expected {expected:R}, got {actual:R}");
}
