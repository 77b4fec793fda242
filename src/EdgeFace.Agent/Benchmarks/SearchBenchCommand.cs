using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Commands;
using EdgeFace.Gallery;
using Spectre.Console;

namespace EdgeFace.Agent.Benchmarks;

/// <summary><c>edgeface bench search</c>.</summary>
internal static class SearchBenchCommand
{
    public static Command Create(CommandContext context)
    {
        var count = Number("--count", "Templates in the gallery.", 100_000, 256, SearchBenchPlan.MaxCount);
        var dimension = Number("--dim", "Values of a template, a multiple of 16.", 512, 16, 4096);
        dimension.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(dimension) % 16 != 0)
                result.AddError("--dim must be a multiple of 16.");
        });
        var threads = Number("--threads", "Threads of the steps on all cores.", Environment.ProcessorCount, 1, 256);
        var probes = Number("--probes", "Probes for the recall.", 1000, 1, 100_000);
        var rounds = Number("--rounds", "How often each step is timed.", 5, 1, 1000);
        var uniform = new Option<bool>("--uniform") { Description = "Directions without any structure, instead of people." };
        var vectors = new Option<string?>("--vectors") { Description = "Real embeddings (.npy, float32): every fifth is a probe, the others are the gallery, padded to --count.", HelpName = "FILE" };
        var export = new Option<string?>("--export") { Description = "Write PREFIX-gallery.npy, PREFIX-probes.npy and PREFIX-truth.npy.", HelpName = "PREFIX" };
        var budget = new Option<bool>("--budget") { Description = "Exit with 1 when a budget is not kept (they are meant for 1,000,000 x 512)." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of a table." };
        var command = new Command("search", "The ladder of gallery searches on one data set, step by step.") { count, dimension, threads, probes, rounds, uniform, vectors, export, budget, json };
        command.SetAction(parsed =>
        {
            var plan = new SearchBenchPlan(
                parsed.GetValue(count), parsed.GetValue(dimension), parsed.GetValue(threads), parsed.GetValue(probes), parsed.GetValue(rounds),
                parsed.GetValue(uniform), parsed.GetValue(vectors), parsed.GetValue(export), parsed.GetValue(budget));
            var result = new SearchBench(plan, context.Time, line => context.Error.WriteLine($"edgeface: {line}")).Run();
            if (parsed.GetValue(json))
                context.WriteJson(result);
            else
                Print(context, result);
            return plan.Budget && result.Budgets.Any(entry => !entry.Kept) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int byDefault, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} Default {byDefault}.", DefaultValueFactory = _ => byDefault, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && (result.GetValue(option) < least || result.GetValue(option) > most))
                result.AddError($"{name} must be from {least} to {most}.");
        });
        return option;
    }

    private static void Print(CommandContext context, SearchBenchResult result)
    {
        context.Console.MarkupLineInterpolated($"{result.Machine}, {result.Threads} of {result.Cores} cores; {SearchKernels.Name}");
        context.Console.MarkupLineInterpolated($"{result.Count} x {result.Dimension}: {result.Data}");
        context.Console.MarkupLineInterpolated($"read-only stream {result.ReadGigabytesPerSecond:0.0} GB/s, copy {result.CopyGigabytesPerSecond:0.0} GB/s (read and written)");
        var table = new Table().AddColumns("", "Step", "ms", "best ms", "x step 1", "x (best)", "bytes", "recall@1", "of", "of mates", "of", "GB/s", "of stream");
        foreach (var step in result.Steps)
        {
            table.AddRow(
                Format(step.Step, "0"), Markup.Escape(step.Name), Format(step.Ms, "0.000"), Format(step.BestMs, "0.000"), Format(step.Ratio, "0.0"), Format(step.BestRatio, "0.0"),
                Format(step.BytesPerTemplate, "0"), Format(step.Recall, "0.0000"), Format(step.RecallProbes, "0"), Format(step.MateRecall, "0.0000"), Format(step.MateProbes, "0"), Format(step.GigabytesPerSecond, "0.0"), Format(step.ShareOfRead, "0 %"));
        }

        context.Console.Write(table);
        if (result.StrangerRecall >= 0)
            context.Console.MarkupLineInterpolated($"probes of people who are not in the gallery: the last step finds their nearest template in {result.StrangerRecall:0.0 %}");
        foreach (var skipped in result.Skipped)
            context.Console.MarkupLineInterpolated($"skipped: {skipped}");
        var budgets = new Table().AddColumns("Budget", "Limit", "Measured", "");
        foreach (var budget in result.Budgets)
            budgets.AddRow(budget.Name, budget.Limit, Format(budget.Measured, "0.####"), budget.Kept ? "[green]kept[/]" : "[red]BROKEN[/]");
        context.Console.Write(budgets);
    }

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
