using EdgeFace.Core;
using EdgeFace.Devices;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>
/// The ladder from the plainest search to the product's, on one data set in one run: the steps take turns, so that what else
/// the machine does meets them all, and medians are compared.
/// </summary>
internal sealed class SearchBench(SearchBenchPlan plan, TimeProvider time, Action<string> progress)
{
    public const double LeastRatio = 300;
    public const double LeastRecall = 0.999;
    public const double LeastInt8Share = 0.6;

    /// <summary>A cosine below this identifies nobody among a million: the nearest strangers are as near.</summary>
    public const double LeastMate = 0.5;

    private const double FastMs = 20;
    private const int FastRepeats = 20;
    private const long StreamBytes = 512 << 20;

    public SearchBenchResult Run()
    {
        progress($"making {plan.Count} templates");
        var data = SearchBenchData.Make(plan);
        progress($"true matches of {data.Probes.Length} probes in float64");
        var truth = SearchBenchTruth.Find(data, data.Probes, plan.Threads);
        var strangerTruth = SearchBenchTruth.Find(data, data.Strangers, plan.Threads);
        if (plan.Export is { } prefix)
            Export(prefix, data, truth);
        using var ladder = new SearchBenchLadder(data, plan, progress);
        var streams = new SearchBenchTimes();
        var times = ladder.Rungs.Select(_ => new SearchBenchTimes()).ToArray();
        Measure(data, ladder, times, streams);
        var read = Median(streams.Read);
        var steps = new List<SearchBenchStep>();
        for (var i = 0; i < ladder.Rungs.Count; i++)
        {
            progress($"recall of {ladder.Rungs[i].Name}");
            steps.Add(Describe(ladder.Rungs[i], times[i], times[0], data, truth, read));
        }

        var cascade = ladder.Rungs[^1];
        var strangers = strangerTruth.Length > 0 ? data.Strangers.Where((probe, i) => cascade.Search(probe) == strangerTruth[i].Row).Count() / (double)strangerTruth.Length : double.NaN;
        return new SearchBenchResult(
            new SystemInfo().ReadCpu().Model, Environment.ProcessorCount, plan.Threads, AgentVersion.Full, SearchKernels.Name, plan.Count, plan.Dimension,
            data.Description, data.Probes.Length, plan.Rounds, Round(read), Round(Median(streams.Copy)), steps, double.IsNaN(strangers) ? -1 : Round(strangers),
            ladder.Skipped, Budgets(steps));
    }

    private unsafe void Measure(SearchBenchData data, SearchBenchLadder ladder, SearchBenchTimes[] times, SearchBenchTimes streams)
    {
        var bytes = Math.Min(StreamBytes, (long)data.Count * data.Dimension * sizeof(float));
        var target = new AlignedMemory(bytes);
        var read = new SearchBenchStream((byte*)data.Rows, null, bytes);
        var copy = new SearchBenchStream((byte*)data.Rows, target.Pointer, bytes);
        read.Run(ladder.Pool);
        copy.Run(ladder.Pool);
        foreach (var rung in ladder.Rungs)
        {
            progress($"warming up: {rung.Name}");
            for (var i = 0; i < 3; i++)
                rung.Search(data.Probes[i % data.Probes.Length]);
        }

        for (var round = 0; round < plan.Rounds; round++)
        {
            progress($"round {round + 1} of {plan.Rounds}");
            streams.Read.Add(Rate(() => read.Run(ladder.Pool)));
            streams.Copy.Add(Rate(() => copy.Run(ladder.Pool)));
            for (var i = 0; i < ladder.Rungs.Count; i++)
                Time(ladder.Rungs[i], data, round, times[i].Query);
        }

        GC.KeepAlive(target);
        GC.KeepAlive(data);
    }

    private void Time(SearchBenchRung rung, SearchBenchData data, int round, List<double> times)
    {
        for (var repeat = 0; repeat < FastRepeats; repeat++)
        {
            var probe = data.Probes[(round * FastRepeats + repeat) % data.Probes.Length];
            var start = time.GetTimestamp();
            rung.Search(probe);
            times.Add(time.GetElapsedTime(start).TotalMilliseconds);
            if (times[^1] > FastMs)
                return;
        }
    }

    /// <summary>Of three tries in a row the best: what the memory can do is asked for.</summary>
    private double Rate(Func<long> run)
    {
        var best = 0.0;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var start = time.GetTimestamp();
            best = Math.Max(best, run() / time.GetElapsedTime(start).TotalSeconds / 1e9);
        }

        return best;
    }

    private SearchBenchStep Describe(
        SearchBenchRung rung, SearchBenchTimes times, SearchBenchTimes first, SearchBenchData data, (int Row, double Cosine)[] truth, double read)
    {
        var (ms, best) = (Median(times.Query), times.Query.Min());
        // Slow steps are exact but for their rounding: fewer probes tell.
        var probes = best > FastMs ? Math.Min(data.Probes.Length, best > 10 * FastMs ? 3 : SearchBenchPlan.SlowProbes) : data.Probes.Length;
        var (right, mates, rightMates) = (0, 0, 0);
        for (var i = 0; i < probes; i++)
        {
            // The fast ones change places evenly over all probes, and so do the few.
            var at = (int)((long)i * data.Probes.Length / probes);
            var found = rung.Search(data.Probes[at]) == truth[at].Row ? 1 : 0;
            right += found;
            if (truth[at].Cosine >= LeastMate)
                (mates, rightMates) = (mates + 1, rightMates + found);
        }

        var rate = rung.BytesPerTemplate * plan.Count / ms / 1e6;
        return new SearchBenchStep(
            rung.Step, rung.Name, Round(ms), Round(best), Round(Median(first.Query) / ms), Round(first.Query.Min() / best), rung.BytesPerTemplate,
            Round((double)right / probes), probes, mates > 0 ? Round((double)rightMates / mates) : -1, mates, Round(rate), Round(rate / read));
    }

    private static List<SearchBenchBudget> Budgets(List<SearchBenchStep> steps)
    {
        var (twoStage, int8) = (steps[^1], steps.Single(step => step.Step == SearchBenchLadder.Int8Step));
        return
        [
            new("two-stage, times step 1", $">= {LeastRatio}", twoStage.Ratio, twoStage.Ratio >= LeastRatio),
            new("two-stage, recall@1", $">= {LeastRecall}", twoStage.Recall, twoStage.Recall >= LeastRecall),
            new($"two-stage, recall@1 where the true cosine is >= {LeastMate}", $">= {LeastRecall}", twoStage.MateRecall, twoStage.MateRecall >= LeastRecall),
            new("int8, share of the read-only stream", $">= {LeastInt8Share}", int8.ShareOfRead, int8.ShareOfRead >= LeastInt8Share),
        ];
    }

    private static unsafe void Export(string prefix, SearchBenchData data, (int Row, double Cosine)[] truth)
    {
        try
        {
            SearchBenchNpy.Write($"{prefix}-gallery.npy", "<f4", data.Rows, data.Count, data.Dimension);
            SearchBenchNpy.Write($"{prefix}-probes.npy", "<f4", data.Probes.Length, data.Dimension, file =>
            {
                foreach (var probe in data.Probes)
                    file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(probe.AsSpan()));
            });
            SearchBenchNpy.Write($"{prefix}-truth.npy", "<i4", truth.Length, 1, file => file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(truth.Select(match => match.Row).ToArray().AsSpan())));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{prefix}-gallery.npy: cannot be written; give --export a path in a folder that exists.", exception);
        }
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Round(double value) => Math.Round(value, 4);
}

/// <summary>What was measured of one step.</summary>
internal sealed class SearchBenchTimes
{
    public List<double> Query { get; } = [];

    public List<double> Read { get; } = [];

    public List<double> Copy { get; } = [];
}
