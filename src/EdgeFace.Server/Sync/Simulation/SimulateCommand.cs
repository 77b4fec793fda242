using System.CommandLine;
using System.Globalization;
using EdgeFace.Server.Commands;

namespace EdgeFace.Server.Sync.Simulation;

/// <summary><c>edgeface-server simulate</c>: many boards and one server on this machine.</summary>
internal static class SimulateCommand
{
    public static Command Create(CommandContext context)
    {
        var devices = Number("--devices", "Boards.", 10_000, 1, 1_000_000);
        var people = Number("--people", "People of the one group.", 100_000, 1, 5_000_000);
        var churn = new Option<string>("--churn") { Description = "Share of the people that changes in a day, as in 1%/day.", DefaultValueFactory = _ => "1%/day" };
        churn.Validators.Add(result =>
        {
            if (ChurnOf(result.GetValueOrDefault<string>()) is null)
                result.AddError("--churn must be between 0 and 100 percent a day, as in 1%/day.");
        });
        var rounds = Number("--rounds", "In so many parts the day's changes come.", 4, 1, 1000);
        var loops = Number("--loops", "Boards that ask at the same time.", 64, 1, 4096);
        var poll = Number("--poll-seconds", "Pause between a board's questions; only for the sum of a day.", 60, 5, 86_400);
        var dimension = Number("--dimension", "Values of a template.", 512, 16, 4096);
        var seed = Number("--seed", "Of the random templates.", 1, 0, int.MaxValue);
        var command = new Command("simulate", "Measure how one server on this machine serves many boards; in a folder of its own that is removed afterwards.")
        {
            devices, people, churn, rounds, loops, poll, dimension, seed, context.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var plan = new SimulationPlan(
                parsed.GetValue(devices), parsed.GetValue(people), ChurnOf(parsed.GetValue(churn))!.Value, parsed.GetValue(rounds), parsed.GetValue(loops),
                parsed.GetValue(poll), parsed.GetValue(dimension), parsed.GetValue(seed));
            var report = await Simulation.RunAsync(plan, context.Time, parsed.GetValue(context.Json) ? TextWriter.Null : context.Error, cancellation);
            if (parsed.GetValue(context.Json))
                context.WriteJson(report);
            else
                context.Out.WriteLine(report.Text());
            return report.Failed == 0 ? CommandLine.Ok : CommandLine.Failed;
        });
        return command;
    }

    /// <summary>0..1; null when it is no such share.</summary>
    internal static double? ChurnOf(string? text)
    {
        text = (text ?? "").Replace("/day", "", StringComparison.OrdinalIgnoreCase).Trim().TrimEnd('%');
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100 ? percent / 100 : null;
    }

    private static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least || result.GetValueOrDefault<int>() > most)
                result.AddError($"{name} must be {least} to {most}.");
        });
        return option;
    }
}
