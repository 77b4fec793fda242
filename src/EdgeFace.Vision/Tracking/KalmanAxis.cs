namespace EdgeFace.Vision.Tracking;

/// <summary>
/// A constant-velocity Kalman filter of one measured quantity: state (position, velocity), only the position is measured.
/// The covariance is symmetric, so three of its numbers are kept.
/// </summary>
internal struct KalmanAxis
{
    public double Position;
    public double Velocity;
    public double PositionVariance;
    public double Covariance;
    public double VelocityVariance;

    public static KalmanAxis Start(double position, double positionDeviation, double velocityDeviation) => new()
    {
        Position = position,
        PositionVariance = positionDeviation * positionDeviation,
        VelocityVariance = velocityDeviation * velocityDeviation,
    };

    /// <summary>
    /// Moves the state on by <paramref name="dt"/>. The noise is white and integrated over the step,
    /// Q = p [dt 0; 0 0] + v [dt^3/3 dt^2/2; dt^2/2 dt] (Bar-Shalom et al. 2001, section 6.2.2, plus a random walk of the
    /// position), so that two steps of dt predict exactly what one of 2 dt does: dropped frames change nothing.
    /// </summary>
    /// <param name="dt">In nominal frame intervals, at least 0.</param>
    /// <param name="positionDeviation">Standard deviation of the position's random walk over one interval.</param>
    /// <param name="velocityDeviation">Standard deviation of the velocity's random walk over one interval.</param>
    public void Predict(double dt, double positionDeviation, double velocityDeviation)
    {
        var p = positionDeviation * positionDeviation;
        var v = velocityDeviation * velocityDeviation;
        Position += Velocity * dt;
        PositionVariance += dt * (2 * Covariance + dt * VelocityVariance) + p * dt + v * dt * dt * dt / 3;
        Covariance += dt * VelocityVariance + v * dt * dt / 2;
        VelocityVariance += v * dt;
    }

    /// <summary>Takes in a measurement of the position with the given standard deviation, above 0.</summary>
    public void Update(double measured, double deviation)
    {
        var innovationVariance = PositionVariance + deviation * deviation;
        var positionGain = PositionVariance / innovationVariance;
        var velocityGain = Covariance / innovationVariance;
        var innovation = measured - Position;
        Position += positionGain * innovation;
        Velocity += velocityGain * innovation;
        VelocityVariance -= velocityGain * Covariance;
        Covariance *= 1 - positionGain;
        PositionVariance *= 1 - positionGain;
    }
}
