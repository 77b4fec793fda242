using System.Diagnostics;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.TestKit.Soak;

/// <summary>What a publisher process is told.</summary>
/// <param name="Next">The first number of each camera.</param>
/// <param name="EventsPerSecond">Of all cameras together.</param>
public sealed record SoakOrder(string Outbox, int Port, IReadOnlyList<int> Next, SoakLoad Load, double EventsPerSecond);

/// <summary>How a run went.</summary>
public sealed record SoakResult(int Seed, IReadOnlyDictionary<FaultKind, int> Faults, int Committed, int Arrived, int Duplicates, TimeSpan Took, IReadOnlyList<string> Violations)
{
    public override string ToString() =>
        $"seed {Seed}: {Committed} committed, {Arrived} arrived, {Duplicates} duplicates in {Took.TotalSeconds:0} s; {Faults.Values.Sum()} faults: "
        + string.Join(", ", Faults.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"));
}

/// <summary>
/// Runs a scenario: a real broker, a fault proxy before it, a publisher in a process of its own behind it, a subscriber with a session
/// that the broker keeps. Faults of one part follow one another, those of different parts may meet.
/// </summary>
public sealed class SoakRun : IDisposable
{
    private static readonly TimeSpan Check = TimeSpan.FromMilliseconds(20);

    private readonly SoakScenario _scenario;
    private readonly int _seed;
    private readonly Func<SoakOrder, ProcessStartInfo> _launch;
    private readonly TemporaryFolder _folder = new();
    private readonly SmallDisk? _disk;
    private readonly MosquittoBroker _broker;
    private readonly FaultProxy _proxy;
    private readonly SoakLedger _ledger;
    private readonly DurableObserver _observer;
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private SoakPublisher? _publisher;

    /// <param name="launch">How a publisher is started.</param>
    public SoakRun(SoakScenario scenario, int seed, Func<SoakOrder, ProcessStartInfo> launch)
    {
        (_scenario, _seed, _launch) = (scenario, seed, launch);
        _ledger = new SoakLedger(scenario.Load);
        _disk = SmallDisk.WhyMissing is null ? SmallDisk.Mount(_folder.File("disk"), "32m") : null;
        _broker = MosquittoBroker.Start(new BrokerSetup { LogTypes = "error" });
        _proxy = new FaultProxy(_broker.Port);
        _observer = new DurableObserver(_broker, SoakEvents.Filter, _ledger.Arrive);
        // From here on the subscriber's session is in the broker's file: a subscriber that nobody knows can lose anything.
        _broker.Restart();
    }

    public SoakResult Run()
    {
        var plan = SoakPlan.Draw(_scenario, _seed, _disk is null ? [FaultKind.DiskFull] : []);
        StartPublisher();
        var workers = plan.GroupBy(step => PartOf(step.Kind)).Select(part => Task.Factory.StartNew(() => Work(part), TaskCreationOptions.LongRunning)).ToArray();
        var limit = TimeSpan.FromSeconds(_scenario.PatienceSeconds);
        try
        {
            Task.WaitAll(workers);
            var deadline = Elapsed + limit + TimeSpan.FromSeconds(_scenario.Seconds);
            while (!(_publisher!.HasEnded && _ledger.IsComplete) && Elapsed < deadline)
            {
                Demand();
                Thread.Sleep(Check);
            }
        }
        catch (AggregateException failure) when (failure.InnerException is { } first)
        {
            throw new InvalidOperationException($"seed {_seed}: {first.Message}", first);
        }

        var ended = _publisher.HasEnded;
        _publisher.Kill();
        var unfinished = ended ? [] : (string[])[$"the publisher did not come to its end: {_publisher.Errors()}"];
        var kinds = plan.GroupBy(step => step.Kind).ToDictionary(group => group.Key, group => group.Count());
        return new SoakResult(_seed, kinds, _ledger.Committed, _ledger.Arrived, _ledger.Duplicates, Elapsed, [.. unfinished, .. _ledger.Violations()]);
    }

    public void Dispose()
    {
        _publisher?.Dispose();
        _observer.Dispose();
        _proxy.Dispose();
        _broker.Dispose();
        _disk?.Dispose();
        _folder.Dispose();
    }

    private enum Part
    {
        Broker,
        Link,
        Publisher,
        Disk,
        Subscriber,
    }

    private TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_begun);

    private static Part PartOf(FaultKind kind) => kind switch
    {
        FaultKind.BrokerTerm or FaultKind.BrokerKill => Part.Broker,
        FaultKind.PublisherKill => Part.Publisher,
        FaultKind.DiskFull => Part.Disk,
        FaultKind.SubscriberAway => Part.Subscriber,
        _ => Part.Link,
    };

    private void Work(IEnumerable<FaultStep> steps)
    {
        foreach (var step in steps)
        {
            while (Elapsed.TotalSeconds < step.At)
                Thread.Sleep(Check);
            Demand();
            Happen(step);
        }
    }

    private void Demand()
    {
        if (Volatile.Read(ref _publisher)?.Death is { } death)
            throw new InvalidOperationException($"the publisher died by itself, {death}");
    }

    private void Happen(FaultStep step)
    {
        var time = TimeSpan.FromSeconds(step.Seconds);
        switch (step.Kind)
        {
            case FaultKind.BrokerTerm:
                _broker.Terminate();
                Thread.Sleep(time);
                _broker.Restart();
                break;
            case FaultKind.BrokerKill:
                _broker.Kill();
                Thread.Sleep(time);
                _broker.Restart();
                break;
            case FaultKind.Cut:
                _proxy.Cut();
                break;
            case FaultKind.HalfOpen:
                _proxy.Faults.HalfOpen = true;
                Thread.Sleep(time);
                _proxy.Faults.HalfOpen = false;
                break;
            case FaultKind.LinkDown:
                _proxy.Refuse();
                Thread.Sleep(time);
                _proxy.Accept();
                break;
            case FaultKind.Latency:
                _proxy.Faults.DelayMs = step.DelayMs;
                Thread.Sleep(time);
                _proxy.Faults.DelayMs = 0;
                break;
            case FaultKind.Stall:
                _proxy.Faults.Stalled = true;
                Thread.Sleep(time);
                _proxy.Faults.Stalled = false;
                break;
            case FaultKind.PublisherKill:
                _publisher!.Dispose();
                Thread.Sleep(time);
                StartPublisher();
                break;
            case FaultKind.DiskFull:
                _disk!.Fill();
                Thread.Sleep(time);
                _disk.MakeRoom();
                break;
            case FaultKind.SubscriberAway:
                _observer.Leave();
                Thread.Sleep(time);
                _observer.Return();
                break;
        }

        if (step.ThenCut)
            _proxy.Cut();
    }

    private void StartPublisher()
    {
        var next = Enumerable.Range(0, _scenario.Load.Cameras).Select(_ledger.Next).ToArray();
        var order = new SoakOrder(Path.Combine(_disk?.Path ?? _folder.Path, "outbox.db"), _proxy.Port, next, _scenario.Load, _scenario.Load.Events / _scenario.Seconds);
        Volatile.Write(ref _publisher, new SoakPublisher(_launch(order), _ledger));
    }
}
