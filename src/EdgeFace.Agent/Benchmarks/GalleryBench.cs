using System.Globalization;
using EdgeFace.Core.Security;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>What <c>edgeface bench gallery</c> is asked to do.</summary>
/// <param name="Count">Templates, one a person.</param>
/// <param name="Dimension">A multiple of 16, at least <see cref="GalleryIndex.CodeBits"/>.</param>
/// <param name="Churn">Templates added, and as many removed, per second.</param>
/// <param name="Seconds">Of churn; as many are idle, in turns of one second.</param>
internal sealed record GalleryBenchPlan(int Count, int Dimension, int Churn, int Seconds);

/// <summary>A way to hold the gallery.</summary>
/// <param name="Megabytes">What the process takes more than before it was loaded, without pages of the file.</param>
internal sealed record GalleryBenchForm(string Name, double LoadMs, double Megabytes, double BytesPerTemplate, double P50Ms, double P99Ms);

/// <summary>All of a run.</summary>
internal sealed record GalleryBenchResult(
    string Machine, int Cores, string Version, string Kernels, int Count, int Dimension, double BuildMs, double WriteMs, long SnapshotBytes, double OpenMs,
    IReadOnlyList<GalleryBenchForm> Forms, int ChurnPerSecond, double AchievedPerSecond, double IdleP50Ms, double IdleP99Ms, double ChurnP50Ms, double ChurnP99Ms, double BatchP50Ms, double BatchP99Ms,
    IReadOnlyList<SearchBenchBudget> Budgets);

/// <summary>The gallery as a board holds it: time to start, memory, and queries while people come and go.</summary>
internal sealed class GalleryBench(GalleryBenchPlan plan, TimeProvider time, Action<string> progress)
{
    public const double MostRatio = 2;

    /// <summary>As the agent asks by default.</summary>
    public static readonly int Nearest = new Configuration.RecognitionOptions().NearestTemplates;

    private const string Model = "bench@000000000000";
    private const int Probes = 512;

    private readonly SearchBenchModel _model = new(plan.Dimension, uniform: false);

    public GalleryBenchResult Run()
    {
        var folder = Directory.CreateTempSubdirectory("edgeface-bench-");
        try
        {
            return Run(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private GalleryBenchResult Run(string folder)
    {
        var (path, ring) = (Path.Combine(folder, "snapshot"), KeyRing.Create(Path.Combine(folder, "key"), time));
        var (build, write) = Make(path, ring);
        Collect();
        var open = Timed(() => SnapshotFile.Open(path));
        var forms = new List<GalleryBenchForm> { Measure("encrypted, opened on use", path, ring, keepSealed: true) };
        Collect();
        var before = AnonymousBytes();
        var start = time.GetTimestamp();
        var index = SnapshotFile.Open(path).Load(ring, keepSealed: false);
        var load = time.GetElapsedTime(start).TotalMilliseconds;
        forms.Insert(0, Form("in memory", index, load, before));
        progress($"{plan.Churn} in and {plan.Churn} out a second, for {plan.Seconds} seconds in turns with as many idle ones");
        var (idle, churn, achieved, batches) = new GalleryBenchChurn(index, plan, Change, time).Run();
        var (idle99, churn99) = (Quantile(idle, 0.99), Quantile(churn, 0.99));
        return new GalleryBenchResult(
            new Devices.SystemInfo().ReadCpu().Model, Environment.ProcessorCount, AgentVersion.Full, SearchKernels.Name, plan.Count, plan.Dimension,
            build, write, new FileInfo(path).Length, open, forms, plan.Churn, Round(achieved), Quantile(idle, 0.5), idle99, Quantile(churn, 0.5), churn99, Quantile(batches, 0.5), Quantile(batches, 0.99),
            [
                new($"p99 of queries during churn, times the idle one", $"<= {MostRatio}", Round(churn99 / idle99), churn99 <= MostRatio * idle99),
                new("templates in and out per second", $">= {0.98 * plan.Churn:0}", Round(achieved), achieved >= 0.98 * plan.Churn),
            ]);
    }

    private (double Build, double Write) Make(string path, KeyRing ring)
    {
        progress($"making {plan.Count} templates");
        var sample = new float[Math.Min(plan.Count, CodeBook.MaxSample) * plan.Dimension];
        for (var i = 0; i * plan.Dimension < sample.Length; i++)
            Change((int)((long)i * plan.Count * plan.Dimension / sample.Length)).Vectors.CopyTo(sample, i * plan.Dimension);
        var start = time.GetTimestamp();
        var index = new GalleryIndex(Model, plan.Dimension, CodeBook.Learn(sample, plan.Dimension, GalleryIndex.CodeBits));
        index.Fill(Enumerable.Range(0, plan.Count).Select(Change));
        var build = time.GetElapsedTime(start).TotalMilliseconds;
        progress("writing the snapshot");
        return (Round(build), Timed(() => SnapshotWriter.Write(path, index.At(1), default, ring, ring.ActiveKeyId, time)));
    }

    private GalleryBenchForm Measure(string name, string path, KeyRing ring, bool keepSealed)
    {
        progress($"loading: {name}");
        var before = AnonymousBytes();
        var start = time.GetTimestamp();
        var index = SnapshotFile.Open(path).Load(ring, keepSealed);
        return Form(name, index, time.GetElapsedTime(start).TotalMilliseconds, before);
    }

    private GalleryBenchForm Form(string name, GalleryIndex index, double load, long before)
    {
        Collect();
        var bytes = AnonymousBytes() - before;
        var (search, best, times) = (index.At(1), new Match[1], new List<double>());
        for (var i = -20; i < Probes; i++)
        {
            var probe = Probe(Math.Abs(i));
            var start = time.GetTimestamp();
            search.Search(probe, best, Nearest);
            if (i >= 0)
                times.Add(time.GetElapsedTime(start).TotalMilliseconds);
        }

        GC.KeepAlive(index);
        return new GalleryBenchForm(name, Round(load), Round(bytes / 1048576.0), Round((double)bytes / plan.Count), Quantile(times, 0.5), Quantile(times, 0.99));
    }

    private PersonChange Change(int number)
    {
        var vector = new float[plan.Dimension];
        _model.Make(number, 0, vector);
        return new PersonChange(
            number, new Person(new Guid(number, 0, 0, new byte[8]), string.Create(CultureInfo.InvariantCulture, $"Somebody {number}"), DateTimeOffset.UnixEpoch), vector);
    }

    private float[] Probe(int i)
    {
        var vector = new float[plan.Dimension];
        _model.Make((int)((long)i * plan.Count / Probes % plan.Count), 1 + i, vector);
        return vector;
    }

    private double Timed(Action action)
    {
        var start = time.GetTimestamp();
        action();
        return Round(time.GetElapsedTime(start).TotalMilliseconds);
    }

    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Memory of the process that is no file's.</summary>
    private static long AnonymousBytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    private static double Quantile(List<double> values, double share) => Round(values.Order().ElementAt((int)Math.Min(values.Count - 1, share * values.Count)));

    private static double Round(double value) => Math.Round(value, 4);
}
