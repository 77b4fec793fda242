using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Commands;
using EdgeFace.Gallery;
using Spectre.Console;

namespace EdgeFace.Agent.Benchmarks;

/// <summary><c>edgeface bench gallery</c>.</summary>
internal static class GalleryBenchCommand
{
    public static Command Create(CommandContext context)
    {
        var count = Number("--count", "Templates in the gallery, one a person.", 100_000, 1000, SearchBenchPlan.MaxCount);
        var dimension = Number("--dim", "Values of a template, a multiple of 16.", 512, GalleryIndex.CodeBits, 4096);
        dimension.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(dimension) % 16 != 0)
                result.AddError("--dim must be a multiple of 16.");
        });
        var churn = Number("--churn", "Templates added per second while queries run, and as many removed.", 10_000, 100, 1_000_000);
        var seconds = Number("--seconds", "Seconds of churn, and as many without, in turns.", 5, 1, 3600);
        var budget = new Option<bool>("--budget") { Description = "Exit with 1 when a budget is not kept." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of a table." };
        var command = new Command("gallery", "A large gallery on a board: start from its snapshot, memory, and queries while people come and go.") { count, dimension, churn, seconds, budget, json };
        command.SetAction(parsed =>
        {
            var plan = new GalleryBenchPlan(parsed.GetValue(count), parsed.GetValue(dimension), parsed.GetValue(churn), parsed.GetValue(seconds));
            var result = new GalleryBench(plan, context.Time, line => context.Error.WriteLine($"edgeface: {line}")).Run();
            if (parsed.GetValue(json))
                context.WriteJson(result);
            else
                Print(context, result);
            return parsed.GetValue(budget) && result.Budgets.Any(entry => !entry.Kept) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int byDefault, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} Default {byDefault}.", DefaultValueFactory = _ => byDefault, HelpName = "N" };
        CommonOptions.Limit(option, least, most);
        return option;
    }

    private static void Print(CommandContext context, GalleryBenchResult result)
    {
        var console = context.Console;
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{result.Machine}, {result.Cores} cores; {result.Kernels}");
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"{result.Count} x {result.Dimension}: built in {result.BuildMs:0} ms; snapshot of {result.SnapshotBytes >> 20} MB written in {result.WriteMs:0} ms, opened in {result.OpenMs:0.0} ms");
        var table = new Table().AddColumns("Templates", "loaded, ms", "MB", "bytes a template", "query p50, ms", "p99");
        foreach (var form in result.Forms)
            table.AddRow(Markup.Escape(form.Name), Format(form.LoadMs, "0"), Format(form.Megabytes, "0"), Format(form.BytesPerTemplate, "0"), Format(form.P50Ms, "0.00"), Format(form.P99Ms, "0.00"));
        console.Write(table);
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"queries idle: p50 {result.IdleP50Ms:0.00} ms, p99 {result.IdleP99Ms:0.00}; with {result.AchievedPerSecond:0} templates in and out a second: p50 {result.ChurnP50Ms:0.00}, p99 {result.ChurnP99Ms:0.00}; a hundredth of a second's changes take the writer p50 {result.BatchP50Ms:0.00} ms, p99 {result.BatchP99Ms:0.00}");
        foreach (var budget in result.Budgets)
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{(budget.Kept ? "kept" : "BROKEN")}: {budget.Name} {budget.Limit}: {budget.Measured}");
    }

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
