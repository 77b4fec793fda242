using EdgeFace.Core.Faces;

namespace EdgeFace.Vision.Tracking;

/// <summary>
/// The motion of one face: state (cx, cy, a, h) and their velocities, a = width / height, as in DeepSORT (Wojke et al. 2017),
/// with its noise: standard deviations of positions h/20 and of velocities h/160 a nominal frame, of the aspect ratio 1e-2 and
/// 1e-5, of a measured aspect ratio 1e-1; at the start 2 and 10 times those of positions and velocities.
/// </summary>
/// <remarks>
/// Motion, measurement and every noise matrix couple no two of the four quantities and the first covariance is diagonal, so the
/// 8x8 filter falls apart into four of size two, exactly. The golden test compares with the 8x8 one.
/// </remarks>
internal struct KalmanBox
{
    public const double PositionWeight = 1.0 / 20;
    public const double VelocityWeight = 1.0 / 160;
    public const double AspectDeviation = 1e-2;
    public const double AspectVelocityDeviation = 1e-5;
    public const double MeasuredAspectDeviation = 1e-1;

    private const double LeastHeight = 1;
    private const double LeastAspect = 0.05;

    public KalmanAxis X;
    public KalmanAxis Y;
    public KalmanAxis Aspect;
    public KalmanAxis Height;

    public static KalmanBox Start(in FaceBox box)
    {
        var position = 2 * PositionWeight * box.Height;
        var velocity = 10 * VelocityWeight * box.Height;
        return new KalmanBox
        {
            X = KalmanAxis.Start(box.CenterX, position, velocity),
            Y = KalmanAxis.Start(box.CenterY, position, velocity),
            Aspect = KalmanAxis.Start(box.Width / (double)box.Height, AspectDeviation, AspectVelocityDeviation),
            Height = KalmanAxis.Start(box.Height, position, velocity),
        };
    }

    /// <param name="dt">In nominal frame intervals, at least 0.</param>
    public void Predict(double dt)
    {
        var position = PositionWeight * Height.Position;
        var velocity = VelocityWeight * Height.Position;
        X.Predict(dt, position, velocity);
        Y.Predict(dt, position, velocity);
        Aspect.Predict(dt, AspectDeviation, AspectVelocityDeviation);
        Height.Predict(dt, position, velocity);
        KeepSizePositive();
    }

    public void Update(in FaceBox box)
    {
        var deviation = PositionWeight * Height.Position;
        X.Update(box.CenterX, deviation);
        Y.Update(box.CenterY, deviation);
        Aspect.Update(box.Width / (double)box.Height, MeasuredAspectDeviation);
        Height.Update(box.Height, deviation);
        KeepSizePositive();
    }

    /// <summary>Stops growth and shrinking: a face that nobody sees keeps its size, or a lost track would swell or vanish.</summary>
    public void HoldSize()
    {
        Aspect.Velocity = 0;
        Height.Velocity = 0;
    }

    public readonly FaceBox ToBox()
    {
        var width = Aspect.Position * Height.Position;
        return new FaceBox(
            (float)(X.Position - width / 2), (float)(Y.Position - Height.Position / 2), (float)width, (float)Height.Position);
    }

    private void KeepSizePositive()
    {
        Height.Position = Math.Max(Height.Position, LeastHeight);
        Aspect.Position = Math.Max(Aspect.Position, LeastAspect);
    }
}
