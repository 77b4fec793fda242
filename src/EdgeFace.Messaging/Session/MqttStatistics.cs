namespace EdgeFace.Messaging;

/// <summary>Where the session stands.</summary>
public enum MqttState
{
    /// <summary>Not started, or stopped.</summary>
    Stopped,
    Connecting,
    Connected,

    /// <summary>Waiting before another round of attempts.</summary>
    Disconnected,

    /// <summary>Delivering what it can before it disconnects.</summary>
    Stopping,
}

/// <summary>Counts since the session was started.</summary>
/// <param name="ConnectedSince">Start of the connection; null without one.</param>
/// <param name="Broker">The broker of the connection; null without one.</param>
/// <param name="Protocol">"5" or "3.1.1"; null without a connection.</param>
/// <param name="Reconnects">Connections after the first.</param>
/// <param name="Published">Messages handed to a connection, with what was offered again.</param>
/// <param name="Acknowledged">Messages the broker acknowledged.</param>
/// <param name="Refused">Messages the broker refused.</param>
/// <param name="InFlight">Messages without acknowledgement now.</param>
/// <param name="Received">Messages from the broker.</param>
/// <param name="IncomingDropped">Of those, dropped because handlers were too slow.</param>
/// <param name="PicturesWaiting">Pictures that wait until there is nothing else to send.</param>
/// <param name="PicturesDropped">Pictures that were dropped for newer ones, or were too large.</param>
/// <param name="LastFailure">Why the last attempt or connection ended; null when none did.</param>
public sealed record MqttStatistics(
    DateTimeOffset? ConnectedSince,
    string? Broker,
    string? Protocol,
    long Reconnects,
    long Published,
    long Acknowledged,
    long Refused,
    int InFlight,
    long Received,
    long IncomingDropped,
    int PicturesWaiting,
    long PicturesDropped,
    MqttFailure? LastFailure);

/// <summary>A message from the broker.</summary>
/// <param name="Topic">Topic it was published to.</param>
/// <param name="Payload">Its body, the receiver's own.</param>
/// <param name="Retained">Whether it was kept by the broker from before the subscription.</param>
/// <param name="ResponseTopic">Where an answer is expected (MQTT 5); null for none.</param>
/// <param name="CorrelationData">What an answer must carry along (MQTT 5); null for none.</param>
public sealed record MqttMessage(
    string Topic,
    ReadOnlyMemory<byte> Payload,
    bool Retained,
    string? ResponseTopic,
    byte[]? CorrelationData);
