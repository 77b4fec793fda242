namespace EdgeFace.Messaging.RemoteConfiguration.Cloud;

/// <summary>
/// A cloud's own form of desired and reported settings: other topics and other documents, the same state machine behind. Without
/// clock and connection; for use by one thread at a time.
/// </summary>
public interface ICloudMapping
{
    /// <summary>What to subscribe to.</summary>
    IReadOnlyList<string> Filters { get; }

    /// <summary>A connection has come about: asks for the whole.</summary>
    CloudStep Connected();

    /// <summary>Something came on one of the topics.</summary>
    CloudStep Receive(MqttMessage message);

    /// <summary>The device has something to report, a document after <c>config-reported.schema.json</c>.</summary>
    CloudStep Report(ReadOnlySpan<byte> document);

    /// <summary>Some time has passed: what was not answered is asked for or told again.</summary>
    CloudStep Poll();
}

/// <summary>A message to the cloud.</summary>
public sealed record CloudMessage(string Topic, byte[] Payload);

/// <summary>What follows from something that happened.</summary>
/// <param name="Send">Messages, in this order.</param>
/// <param name="Desired">A desired document for the state machine; null for none.</param>
/// <param name="Problem">What the cloud complains of; null for nothing.</param>
public sealed record CloudStep(IReadOnlyList<CloudMessage> Send, byte[]? Desired = null, string? Problem = null)
{
    public static CloudStep Nothing { get; } = new([]);

    internal static CloudStep Trouble(string problem) => new([], null, problem);
}
