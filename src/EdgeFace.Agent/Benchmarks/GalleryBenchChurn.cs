using EdgeFace.Gallery;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>
/// Queries one after the other on one thread (each on all cores), while another one adds and removes people; idle seconds and
/// seconds of churn take turns, so that what else the machine does meets both.
/// </summary>
internal sealed class GalleryBenchChurn(GalleryIndex index, GalleryBenchPlan plan, Func<int, PersonChange> make, TimeProvider time)
{
    private const int BatchesPerSecond = 100;
    private const int Ready = 4096;

    private readonly List<double> _idle = [];
    private readonly List<double> _churn = [];
    private volatile IndexedSearch _current = index.At(1);
    private volatile bool _churning;
    private volatile bool _done;
    private readonly List<double> _batches = [];
    private long _changed;
    private double _churnSeconds;

    /// <returns>
    /// Milliseconds of the queries without and with churn, templates that came (and as many went) a second of churn, and milliseconds
    /// that the writer took for each batch of them.
    /// </returns>
    public (List<double> Idle, List<double> Churn, double PerSecond, List<double> Batches) Run()
    {
        // Vectors are made before: their making is no part of it.
        var newcomers = Enumerable.Range(0, Ready).Select(i => make(plan.Count + i)).ToArray();
        var writer = new Thread(() => Write(newcomers)) { IsBackground = true, Name = "churn" };
        writer.Start();
        for (var second = 0; second < 2 * plan.Seconds; second++)
        {
            _churning = second % 2 == 1;
            Query(second, _churning ? _churn : _idle, newcomers);
        }

        _done = true;
        writer.Join();
        return (_idle, _churn, _changed / _churnSeconds, _batches);
    }

    private void Query(int second, List<double> times, PersonChange[] newcomers)
    {
        var best = new Match[1];
        var begun = time.GetTimestamp();
        for (var i = 0; time.GetElapsedTime(begun).TotalSeconds < 1; i++)
        {
            var probe = newcomers[(second * 997 + i) % newcomers.Length].Vectors;
            var start = time.GetTimestamp();
            _current.Search(probe, best, GalleryBench.Nearest);
            // The first tenth of a second belongs to the turn before.
            if (time.GetElapsedTime(begun).TotalSeconds > 0.1)
                times.Add(time.GetElapsedTime(start).TotalMilliseconds);
        }

        if (_churning)
            _churnSeconds += time.GetElapsedTime(begun).TotalSeconds;
    }

    private void Write(PersonChange[] newcomers)
    {
        var (batch, next, due) = (Math.Max(1, plan.Churn / BatchesPerSecond), plan.Count, time.GetTimestamp());
        var pause = time.TimestampFrequency / BatchesPerSecond;
        while (!_done)
        {
            if (!_churning)
            {
                Thread.Sleep(1);
                due = time.GetTimestamp();
                continue;
            }

            var changes = new List<PersonChange>();
            for (var i = 0; i < batch; i++, next++)
            {
                changes.Add(newcomers[next % newcomers.Length] with { Number = next });
                // As many leave: the first ones, all over the gallery, and then those who came.
                changes.Add(new PersonChange(next - plan.Count < plan.Count ? (int)((next - plan.Count) * 7919L % plan.Count) : next - plan.Count, null, []));
            }

            var start = time.GetTimestamp();
            index.Apply(changes, gently: true);
            _current = index.At(1);
            _batches.Add(time.GetElapsedTime(start).TotalMilliseconds);
            _changed += batch;
            due += pause;
            while (time.GetTimestamp() < due && _churning)
                Thread.Sleep(1);
        }
    }
}
