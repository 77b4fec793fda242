using System.CommandLine;
using EdgeFace.Agent.Diagnosis;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface doctor</c>: is everything there, and what to install if not.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
    {
        var command = new Command("doctor", "Check libraries, models, gallery, cameras, broker, disk and clock; exit code 1 if something is missing.");
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var checks = new Doctor(common.Load(parsed), context.Time).Run();
            var failed = checks.Count(check => check.Status == CheckStatus.Failed);
            if (parsed.GetValue(common.Json))
                context.WriteJson(new { Ok = failed == 0, Checks = checks });
            else
                Print(context, checks);
            return failed == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static void Print(CommandContext context, IReadOnlyList<CheckResult> checks)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "Check", "Found");
        foreach (var check in checks)
        {
            var (mark, color) = check.Status switch
            {
                CheckStatus.Ok => ("ok", "green"),
                CheckStatus.Warning => ("warning", "yellow"),
                _ => ("FAILED", "red"),
            };
            var found = check.Advice is null ? check.Detail : $"{check.Detail} -> {check.Advice}";
            table.AddRow($"[{color}]{mark}[/]", Markup.Escape(check.Name), Markup.Escape(found));
        }

        context.Console.Write(table);
    }
}
