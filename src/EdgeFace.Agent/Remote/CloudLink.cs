using EdgeFace.Messaging;
using EdgeFace.Messaging.RemoteConfiguration.Cloud;
using EdgeFace.Messaging.Requests;

namespace EdgeFace.Agent.Remote;

/// <summary>Joins a cloud's form of the settings to a session. Safe to use from several threads.</summary>
internal sealed class CloudLink : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(30);

    private readonly MqttSession _session;
    private readonly ICloudMapping _mapping;
    private readonly Action<ReadOnlyMemory<byte>> _desired;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    /// <param name="session">Not started yet.</param>
    /// <param name="desired">Takes a desired document; on the session's dispatcher.</param>
    public CloudLink(MqttSession session, ICloudMapping mapping, Action<ReadOnlyMemory<byte>> desired, TimeProvider time, ILogger logger)
    {
        _session = session;
        _mapping = mapping;
        _desired = desired;
        _logger = logger;
        foreach (var filter in mapping.Filters)
            session.Subscribe(filter, message => Take(() => mapping.Receive(message)));
        _timer = time.CreateTimer(_ => Poll(), null, PollInterval, PollInterval);
    }

    public void Connected() => Take(_mapping.Connected);

    public void Report(byte[] document) => Take(() => _mapping.Report(document));

    public void Dispose() => _timer.Dispose();

    private void Poll()
    {
        if (_session.State == MqttState.Connected)
            Take(_mapping.Poll);
    }

    private void Take(Func<CloudStep> happened)
    {
        CloudStep step;
        lock (_lock)
        {
            step = happened();
            foreach (var message in step.Send)
                _session.Publish(new Answer(message.Topic, message.Payload, null));
        }

        if (step.Problem is { } problem)
            Log.CloudComplains(_logger, problem);
        // Outside of the lock: it is answered with a report, which comes back here.
        if (step.Desired is { } desired)
            _desired(desired);
    }
}
