using Spectre.Console;

namespace EdgeFace.ModelTools.Commands;

/// <summary>Shows on standard error how far a long command is.</summary>
internal static class ProgressBar
{
    /// <param name="error">Where the bar is shown.</param>
    /// <param name="what">What is counted, as in <c>pictures</c>.</param>
    /// <param name="work">Reports how much is done and how much there is.</param>
    public static T Show<T>(TextWriter error, string what, Func<Action<int, int>, T> work)
        => ShowStages(error, progress => work((done, count) => progress(what, done, count)));

    /// <summary>One bar for each stage of a long work.</summary>
    /// <param name="error">Where the bars are shown.</param>
    /// <param name="work">Told how to report: the stage, how far it is, and of how much.</param>
    public static T ShowStages<T>(TextWriter error, Func<Action<string, int, int>, T> work)
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
