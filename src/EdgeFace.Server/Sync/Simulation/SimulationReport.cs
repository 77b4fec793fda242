using System.Globalization;

namespace EdgeFace.Server.Sync.Simulation;

/// <param name="Churn">Share of the people a day, 0..1.</param>
/// <param name="Rounds">In so many parts the day's changes come.</param>
/// <param name="Loops">Boards that ask at the same time.</param>
internal sealed record SimulationPlan(int Devices, int People, double Churn, int Rounds, int Loops, int PollSeconds, int Dimension, int Seed);

/// <summary>What was measured. Bytes are those of bodies and header lines of answers.</summary>
/// <param name="SnapshotSeconds">From the first question for the snapshot to its list: the server makes it.</param>
/// <param name="SnapshotBytes">All its pages, compressed.</param>
/// <param name="FullSyncSeconds">One board fetches and verifies everything, alone.</param>
/// <param name="ChangeRequestsPerSecond">Questions that a page answered, with what follows, all boards, after changes.</param>
/// <param name="IdleRequestsPerSecond">Questions when nothing is new.</param>
/// <param name="ChangeBytesPerDeviceDay">The day's changes.</param>
/// <param name="IdleBytesPerDeviceDay">A day's questions without an answer's body, at the poll interval.</param>
/// <param name="NewPersonP50Seconds">From a person's commit until half of the boards hold and have acknowledged it.</param>
/// <param name="NewPersonP99Seconds">Until 99 of 100 do.</param>
/// <param name="Failed">Requests that were not answered as they should be.</param>
internal sealed record SimulationReport(
    SimulationPlan Plan, double SeedSeconds, double SnapshotSeconds, long SnapshotBytes, int SnapshotPages, double FullSyncSeconds, int Changes,
    double ChangeRequestsPerSecond, double IdleRequestsPerSecond, double ChangeBytesPerDeviceDay, double IdleBytesPerDeviceDay,
    double NewPersonP50Seconds, double NewPersonP99Seconds, long Requests, long Failed, long PeakMemoryBytes)
{
    public string Text() => string.Create(CultureInfo.InvariantCulture, $"""
        {Plan.Devices} boards, {Plan.People} people of {Plan.Dimension} values, {Plan.Churn:P1} a day, {Plan.Loops} at a time, seed {Plan.Seed}
        snapshot           {SnapshotBytes / 1e6:0.0} MB in {SnapshotPages} pages, made in {SnapshotSeconds:0.0} s; one board fetches it in {FullSyncSeconds:0.0} s
        after changes      {ChangeRequestsPerSecond:0} requests/s
        nothing new        {IdleRequestsPerSecond:0} requests/s
        a board's day      {ChangeBytesPerDeviceDay / 1e6:0.00} MB of changes, {IdleBytesPerDeviceDay / 1e6:0.00} MB of questions every {Plan.PollSeconds} s
        a new person       on half of the boards after {NewPersonP50Seconds:0.00} s, on 99 % after {NewPersonP99Seconds:0.00} s
        {Requests} requests, {Failed} failed; peak memory {PeakMemoryBytes / 1e6:0} MB, boards and server in one process
        """);
}
