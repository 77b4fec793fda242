using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Publishing;
using EdgeFace.Core;
using EdgeFace.Messaging;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.Messaging.RemoteConfiguration.Cloud;

namespace EdgeFace.Agent.Remote;

/// <summary>
/// Joins the state machine of the remote configuration to the broker, the disk and the clock. Lives as long as the process;
/// runs of the agent are attached to it one after the other. Safe to use from several threads.
/// </summary>
internal sealed class RemoteControl : IDisposable
{
    private readonly SettingsRules _rules;
    private readonly ConfigurationFile _file;
    private readonly KeyRing _keys;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private ConfigurationState _state;
    private AgentOptions _options;
    private Run? _run;

    /// <exception cref="InputException">A key of the configuration cannot be read.</exception>
    public RemoteControl(SettingsRules rules, ConfigurationFile file, TimeProvider time, ILogger logger)
    {
        _rules = rules;
        _file = file;
        _time = time;
        _logger = logger;
        _options = rules.Own;
        _keys = KeyRing.Read(rules.Own.Remote.Keys.Select(key => (key.Id, key.File)));
        _state = file.Load();
        _timer = time.CreateTimer(_ => TimeIsUp(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>One run of the agent.</summary>
    /// <param name="Report">Publishes a reported document.</param>
    /// <param name="Apply">Puts live settings into effect; throws when it cannot, and then nothing has changed.</param>
    /// <param name="Restart">Ends the run, for another with new settings.</param>
    public sealed record Run(Action<byte[]> Report, Action<AgentOptions> Apply, Action Restart)
    {
        /// <summary>Called when the device has moved for good, with the options of before; gives a remark for the report.</summary>
        internal Func<AgentOptions, Task<string>?>? Moved { get; init; }

        /// <summary>The cloud that the run reports to; null for none.</summary>
        internal CloudLink? Link { get; init; }
    }

    public ConfigurationState State
    {
        get
        {
            lock (_lock)
                return _state;
        }
    }

    /// <summary>The process starts, or a run begins after another: the settings to run with.</summary>
    public AgentOptions Start()
    {
        lock (_lock)
        {
            Take(ConfigurationMachine.Start(_state, _rules, _time.GetUtcNow()));
            _options = _rules.Options(_state.Current);
            return _options;
        }
    }

    /// <summary>The agent could not be put together: true when other settings are left to try, with <see cref="Start"/>.</summary>
    public bool StartFailed(string reason)
    {
        lock (_lock)
        {
            var next = ConfigurationMachine.StartFailed(_state, Redaction.RedactAddress(reason), _time.GetUtcNow());
            Take(next);
            return next.Effects != ConfigurationEffects.None;
        }
    }

    /// <summary>From here on documents are taken from a session, which is not started yet, and answered there.</summary>
    public void Attach(MqttSession session, Action<AgentOptions> apply, Action restart)
    {
        // Under the names this run has: the result of a change of them is told under the new ones.
        if (_rules.Own.Remote.Cloud.Kind != CloudKind.None)
        {
            AttachCloud(session, apply, restart);
            return;
        }

        var (root, device) = (_options.Mqtt.TopicRoot, _options.Device);
        var run = new Run(report => session.SetRetained(Topics.ConfigReported(root, device), report), apply, restart) { Moved = former => Leave(former, session) };
        Attach(run);
        session.StateChanged += state =>
        {
            if (state == MqttState.Connected)
                Connected(run);
        };
        session.Subscribe(Topics.ConfigDesired(root, device), message => Receive(message.Payload.Span, run));
    }

    private void AttachCloud(MqttSession session, Action<AgentOptions> apply, Action restart)
    {
        var cloud = _rules.Own.Remote.Cloud;
        ICloudMapping mapping = cloud.Kind == CloudKind.Aws ? new AwsShadow(_options.Thing(), cloud.Shadow) : new AzureTwin();
        Run? run = null;
        var link = new CloudLink(session, mapping, desired => Receive(desired.Span, run!), _time, _logger);
        run = new Run(link.Report, apply, restart) { Link = link, Moved = former => Leave(former, session) };
        Attach(run);
        session.StateChanged += state =>
        {
            if (state != MqttState.Connected)
                return;
            Connected(run);
            link.Connected();
        };
    }

    public void Attach(Run run)
    {
        lock (_lock)
        {
            _run = run;
            Report();
            SetTimer();
        }
    }

    /// <summary>The broker has accepted the device.</summary>
    public void Connected(Run run)
    {
        lock (_lock)
        {
            if (_run != run)
                return;
            var left = _state.Fallback;
            Take(ConfigurationMachine.Connected(_state, _time.GetUtcNow()));
            if (left is not null)
                Move(left, run);
        }
    }

    // Only now: until the new connection had come about, the device might have gone back.
    private void Move(VersionedSettings left, Run run)
    {
        var version = _state.Current.Version;
        try
        {
            run.Moved?.Invoke(_rules.Options(left))?.ContinueWith(remark => Remark(remark.Result, version, run), TaskScheduler.Default);
        }
        catch (InputException exception)
        {
            // Settings that are not possible any more cannot be taken up again, not even to say goodbye.
            Log.FormerBroker(_logger, exception.Message);
        }
    }

    private void Remark(string remark, long version, Run run)
    {
        Log.FormerBroker(_logger, remark);
        lock (_lock)
        {
            if (_run == run && _state.Current.Version == version)
                Take(ConfigurationMachine.Remarked(_state, remark));
        }
    }

    private Task<string>? Leave(AgentOptions former, MqttSession session)
    {
        var present = _options;
        if (!FormerBroker.WasLeft(former, present))
            return null;
        return Task.Run(async () =>
        {
            var remark = await new FormerBroker(former, present, _time).TakeBackAsync();
            // Two addresses may lead to one broker: then what is kept there now has gone as well.
            session.RepeatRetained();
            return remark;
        });
    }

    /// <summary>The run has ended; one that failed counts like a crash.</summary>
    public void Detach(bool failed = false)
    {
        lock (_lock)
        {
            _run?.Link?.Dispose();
            _run = null;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (!failed)
                Take(ConfigurationMachine.Stopped(_state));
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _keys.Dispose();
    }

    /// <summary>Takes a desired document, and answers it.</summary>
    public void Receive(ReadOnlySpan<byte> payload, Run run)
    {
        // An empty retained message is how a topic is cleared: nothing is desired, and what is in force stays.
        if (payload.Length == 0)
            return;
        var document = DesiredDocument.Read(payload, _keys, _options.Device);
        lock (_lock)
        {
            if (_run != run)
                return;
            var before = _state;
            var next = document.Settings is { } settings
                ? ConfigurationMachine.Desired(_state, settings, _rules, _time.GetUtcNow())
                : ConfigurationMachine.Unreadable(_state, document.Version, document.Faults);
            Carry(before, next, document.Settings);
            Log.ConfigurationAnswered(_logger, _state.AnsweredVersion, _state.Status.Code, _state.Status.Description);
        }
    }

    private void Carry(ConfigurationState before, Transition next, VersionedSettings? desired)
    {
        // Kept before it is applied, but as a change that has yet to show that it works: should applying it bring the
        // device down, the next start knows what it was.
        if (next.Effects.HasFlag(ConfigurationEffects.Save) && TrySave(next.State) is { } reason)
        {
            next = ConfigurationMachine.NotKept(before, next.State.AnsweredVersion, reason);
        }
        else if (next.Effects.HasFlag(ConfigurationEffects.Apply) && TryApply(next.State) is { } failure)
        {
            next = ConfigurationMachine.NotApplied(before, desired!, failure);
            TrySave(next.State);
        }

        _state = next.State;
        Announce(next.Effects);
    }

    /// <summary>A step that no document asked for: it holds even if the disk does not take it.</summary>
    private void Take(Transition next)
    {
        _state = next.State;
        if (next.Effects.HasFlag(ConfigurationEffects.Save))
            TrySave(_state);
        Announce(next.Effects);
    }

    private void Announce(ConfigurationEffects effects)
    {
        if (effects.HasFlag(ConfigurationEffects.Report))
            Report();
        if (effects.HasFlag(ConfigurationEffects.Restart))
            _run?.Restart();
        else if (effects != ConfigurationEffects.None)
            SetTimer();
    }

    private void TimeIsUp()
    {
        lock (_lock)
        {
            if (_run is null)
                return;
            if (!_state.IsOnProbation)
            {
                Take(ConfigurationMachine.Stable(_state));
                return;
            }

            Take(ConfigurationMachine.ProbationOver(_state, Probation, _time.GetUtcNow()));
            Log.ConfigurationAnswered(_logger, _state.AnsweredVersion, _state.Status.Code, _state.Status.Description);
        }
    }

    private TimeSpan Probation => TimeSpan.FromSeconds(_rules.Own.Remote.ProbationSeconds);

    private void SetTimer()
    {
        var due = _state.IsOnProbation ? Probation
            : _state.IsProven || _state.RestartRequired.Count > 0 ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromSeconds(_rules.Own.Remote.ProveSeconds);
        if (_run is not null)
            _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private string? TrySave(ConfigurationState state)
    {
        try
        {
            _file.Save(state);
            return null;
        }
        catch (IOException exception)
        {
            Log.ConfigurationNotKept(_logger, exception.Message);
            return exception.Message;
        }
    }

    private string? TryApply(ConfigurationState state)
    {
        try
        {
            var options = _rules.Options(state.Current);
            _run?.Apply(options);
            _options = options;
            return null;
        }
        catch (Exception exception) when (exception is InputException or IOException or UnauthorizedAccessException)
        {
            return Redaction.RedactAddress(exception.Message);
        }
    }

    private void Report()
    {
        if (_run is not { } run)
            return;
        var settings = SettingsRules.Describe(_rules.Options(_state.Current));
        // A cloud's document is small and is compared with what is desired: only what somebody asked for stands in it.
        run.Report(ReportedDocument.Write(_state, run.Link is null ? settings : MergePatch.Named(settings, _state.Current.ReadPatch())));
    }
}
