using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Benchmarks;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface bench pipeline</c>, <c>edgeface bench search</c>, <c>edgeface bench gallery</c> and <c>edgeface bench mqtt</c>.</summary>
internal static class BenchCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
        => new("bench", "Measure; a budget that is not kept is exit code 1.") { Pipeline(context, common), SearchBenchCommand.Create(context), GalleryBenchCommand.Create(context), MqttBenchCommand.Create(context) };

    private static Command Pipeline(CommandContext context, CommonOptions common)
    {
        var source = new Option<string>("--source") { Description = "Film with one face, read as if it were a camera.", HelpName = "FILE", Required = true };
        var width = Number("--width", "Width of the frames.", 640, 64, 7680);
        var height = Number("--height", "Height of the frames.", 480, 64, 4320);
        var passes = Number("--passes", "How often the film is read as fast as possible.", 2, 1, 1000);
        var visits = Number("--visits", "Visits at live pace, for the time to a decision; 0 leaves them out.", 6, 0, 100);
        var command = new Command("pipeline", "Time, allocations and memory of the whole pipeline. One core: taskset -c 0 edgeface bench pipeline ...") { source, width, height, passes, visits };
        common.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            var plan = new PipelineBench.Plan(
                parsed.GetValue(source)!, parsed.GetValue(width), parsed.GetValue(height), parsed.GetValue(passes), parsed.GetValue(visits));
            var result = await new PipelineBench(common.Load(parsed), plan, context.Time, loggers).RunAsync(cancellation);
            if (parsed.GetValue(common.Json))
                context.WriteJson(result);
            else
                Print(context, result);
            return result.Budgets.All(budget => budget.Kept) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int byDefault, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} Default {byDefault}.", DefaultValueFactory = _ => byDefault, HelpName = "N" };
        CommonOptions.Limit(option, least, most);
        return option;
    }

    private static void Print(CommandContext context, PipelineBench.Result result)
    {
        context.Console.MarkupLineInterpolated($"{result.Machine}, {result.Cores} cores allowed; {result.Source} at {result.Width}x{result.Height}");
        var table = new Table().AddColumns("Stage", "Items", "p50 ms", "p95 ms", "p99 ms", "CPU ms/item", "bytes/item");
        foreach (var stage in result.Stages)
        {
            table.AddRow(stage.Name, Format(stage.Items, "0"), Format(stage.P50Ms, "0.000"), Format(stage.P95Ms, "0.000"), Format(stage.P99Ms, "0.000"),
                Format(stage.CpuMs, "0.000"), Format(stage.BytesPerItem, "0.0"));
        }

        context.Console.Write(table);
        var budgets = new Table().AddColumns("Budget", "Limit", "Measured", "");
        foreach (var budget in result.Budgets)
            budgets.AddRow(budget.Name, budget.Limit, Format(budget.Measured, "0.##"), budget.Kept ? "[green]kept[/]" : "[red]BROKEN[/]");
        context.Console.Write(budgets);
    }

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
