namespace EdgeFace.Agent.Benchmarks;

/// <summary>What <c>edgeface bench search</c> is asked to do.</summary>
/// <param name="Count">Templates.</param>
/// <param name="Dimension">A multiple of 16.</param>
/// <param name="Threads">For the steps on all cores.</param>
/// <param name="Probes">For the recall of the fast steps; the slow ones take <see cref="SlowProbes"/> of them.</param>
/// <param name="Rounds">How often each step is timed, in turns.</param>
/// <param name="Uniform">Directions without any structure, instead of people.</param>
/// <param name="Vectors">A file of real embeddings (.npy, float32): every fifth is a probe, the rest is the gallery, padded.</param>
/// <param name="Export">Writes gallery, probes and their true matches to PREFIX-gallery.npy and so on; null for not.</param>
/// <param name="Budget">Whether a budget that is not kept fails the command.</param>
internal sealed record SearchBenchPlan(
    int Count, int Dimension, int Threads, int Probes, int Rounds, bool Uniform, string? Vectors, string? Export, bool Budget)
{
    public const int MaxCount = 4_000_000;
    public const int SlowProbes = 100;
}

/// <summary>One rung of the ladder.</summary>
/// <param name="Step">Its number; 1 is what the others are compared with.</param>
/// <param name="Name">What is done.</param>
/// <param name="Ms">Median of a query.</param>
/// <param name="BestMs">The fastest of them: what the machine does when others leave it alone.</param>
/// <param name="Ratio">Median of step 1 over this median.</param>
/// <param name="BestRatio">Of the fastest ones.</param>
/// <param name="BytesPerTemplate">What a search reads of each template at first.</param>
/// <param name="Recall">Share of the probes whose first match is that of float64.</param>
/// <param name="RecallProbes">How many probes that was measured on.</param>
/// <param name="MateRecall">The same, of the probes whose true match has a cosine of at least <see cref="SearchBench.LeastMate"/>.</param>
/// <param name="MateProbes">How many of them there were.</param>
/// <param name="GigabytesPerSecond">Of the first reading.</param>
/// <param name="ShareOfRead">Of the read-only stream.</param>
internal sealed record SearchBenchStep(
    int Step, string Name, double Ms, double BestMs, double Ratio, double BestRatio, double BytesPerTemplate, double Recall, int RecallProbes,
    double MateRecall, int MateProbes, double GigabytesPerSecond, double ShareOfRead);

/// <summary>A bound that the run is held to.</summary>
internal sealed record SearchBenchBudget(string Name, string Limit, double Measured, bool Kept);

/// <summary>All of a run; ratios are between steps of this run only.</summary>
internal sealed record SearchBenchResult(
    string Machine, int Cores, int Threads, string Version, string Kernels, int Count, int Dimension, string Data, int Probes, int Rounds,
    double ReadGigabytesPerSecond, double CopyGigabytesPerSecond, IReadOnlyList<SearchBenchStep> Steps, double StrangerRecall,
    IReadOnlyList<string> Skipped, IReadOnlyList<SearchBenchBudget> Budgets);
