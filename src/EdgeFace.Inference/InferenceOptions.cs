namespace EdgeFace.Inference;

/// <summary>How models are run.</summary>
public sealed record InferenceOptions
{
    public const int MinThreads = 1;
    public const int MaxThreads = 16;

    /// <summary>
    /// Threads that one run may use, 1..16. Default 1: a board has the camera, the tracker and other cameras to serve as
    /// well. Idle threads sleep, they do not spin.
    /// </summary>
    public int Threads { get; init; } = MinThreads;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, MinThreads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Threads, MaxThreads);
    }
}
