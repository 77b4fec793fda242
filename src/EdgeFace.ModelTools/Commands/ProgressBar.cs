using Spectre.Console;

namespace EdgeFace.ModelTools.Commands;

/// <summary>Shows on standard error how far a long command is.</summary>
internal static class ProgressBar
{
    /// <param name="what">What is counted, as in <c>pictures</c>.</param>
    /// <param name="work">Reports how much is done and how much there is.</param>
    public static T Show<T>(TextWriter error, string what, Func<Action<int, int>, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(what);
                return work((done, count) =>
                {
                    task.MaxValue = count;
                    task.Value = done;
                });
            });
    }
}
