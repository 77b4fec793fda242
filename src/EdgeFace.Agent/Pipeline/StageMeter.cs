namespace EdgeFace.Agent.Pipeline;

/// <summary>What a stage costs: time and managed bytes for each item, taken on the stage's own thread.</summary>
internal sealed class StageMeter(string name, TimeProvider time)
{
    private long _allocatedBytes;
    private long _cpuNanoseconds;
    private long _dropped;

    public string Name { get; } = name;

    public Histogram Durations { get; } = new();

    /// <summary>Managed bytes allocated on the stage's thread while it worked.</summary>
    public long AllocatedBytes => Volatile.Read(ref _allocatedBytes);

    /// <summary>Processor time of the stage's thread; unlike the duration it does not grow when others want the core.</summary>
    public TimeSpan CpuTime => TimeSpan.FromMicroseconds(Volatile.Read(ref _cpuNanoseconds) / 1000.0);

    /// <summary>Items that were dropped before this stage because it was slow.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public Sample Start() => new(this, time.GetTimestamp(), ThreadClock.CpuNanoseconds(), GC.GetAllocatedBytesForCurrentThread());

    public void CountDrop() => Interlocked.Increment(ref _dropped);

    /// <summary>Begins anew, after a warm-up.</summary>
    public void Clear()
    {
        Durations.Clear();
        Interlocked.Exchange(ref _allocatedBytes, 0);
        Interlocked.Exchange(ref _cpuNanoseconds, 0);
        Interlocked.Exchange(ref _dropped, 0);
    }

    private void Stop(long started, long cpuBefore, long allocatedBefore)
    {
        // Added, not stored: a clear from another thread must not be undone.
        Interlocked.Add(ref _cpuNanoseconds, ThreadClock.CpuNanoseconds() - cpuBefore);
        Durations.Add(time.GetElapsedTime(started));
        Interlocked.Add(ref _allocatedBytes, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
    }

    /// <summary>One item under way; ends when disposed of.</summary>
    public readonly struct Sample(StageMeter meter, long started, long cpu, long allocated) : IDisposable
    {
        public void Dispose() => meter.Stop(started, cpu, allocated);
    }
}
