namespace EdgeFace.Agent.Pipeline;

/// <summary>Whether a thread gets on with its work.</summary>
internal interface IStageProgress
{
    string Name { get; }

    /// <summary>How long it has been at the item in its hands; zero while it waits for one.</summary>
    TimeSpan Busy { get; }
}
