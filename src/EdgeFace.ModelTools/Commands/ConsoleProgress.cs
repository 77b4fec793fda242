using Spectre.Console;

namespace EdgeFace.ModelTools.Commands;

/// <summary>Bars on standard error, one for each stage of a long work.</summary>
internal static class ConsoleProgress
{
    /// <param name="work">Told how to report: the stage, how far it is, and of how much.</param>
    public static T Run<T>(TextWriter error, Func<Action<string, int, int>, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var stages = new Dictionary<string, ProgressTask>(StringComparer.Ordinal);
                return work((stage, done, count) =>
                {
                    if (!stages.TryGetValue(stage, out var task))
                        stages[stage] = task = context.AddTask(stage);
                    task.MaxValue = count;
                    task.Value = done;
                });
            });
    }
}
