using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeFace.ModelTools.Folding;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models fold IN.onnx OUT.onnx [--json]</c></summary>
internal static class FoldCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("input") { Description = "The model to fold (ONNX)." };
        var output = new Argument<string>("output") { Description = "Where the folded model goes; an existing file is replaced." };
        var json = CommonOptions.Json();
        var command = new Command("fold", "Flush weights near zero and rewrite PRelu; writes only what agrees with the original in ONNX Runtime.")
        {
            input, output, json,
        };
        command.SetAction(parsed =>
        {
            var report = ModelFolder.Fold(parsed.GetRequiredValue(input), parsed.GetRequiredValue(output));
            Print(report, parsed.GetValue(json), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return report.Written ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static void Print(FoldReport report, bool json, TextWriter output, TextWriter error)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.FoldReport));
        }
        else if (report.Written)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{report.Output}: {report.FlushedWeights} weights flushed, {report.RewrittenPRelu} PRelu rewritten, {report.InputNodes} -> {report.OutputNodes} nodes; outputs differ by {report.WorstRelativeDifference:0.0e+0} at most (relative)"));
            output.WriteLine($"sha256 {report.OutputSha256}");
        }

        if (!report.Written)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{report.Input}: the folded model differs by {report.WorstRelativeDifference:0.0e+0} (relative), more than {report.Tolerance:0.0e+0}; nothing was written."));
        }
    }
}
