using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeFace.ModelTools.Folding;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models fold IN.onnx OUT.onnx [--steps batchnorm,flush,prelu,channels] [--block N] [--json]</c></summary>
internal static class FoldCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("input") { Description = "The model to fold (ONNX)." };
        var output = new Argument<string>("output") { Description = "Where the folded model goes; an existing file is replaced." };
        var steps = new Option<FoldSteps>("--steps")
        {
            Description = "What to do, separated by commas: batchnorm, flush, prelu, channels; all by default.",
            DefaultValueFactory = _ => FoldSteps.All,
            CustomParser = result => ParseSteps(result.Tokens[0].Value, result.AddError),
        };
        var block = new Option<int>("--block")
        {
            Description = $"Keep multiples of so many channels, 1..{ChannelSurgery.MaxBlock}: odd counts are slower than they look.",
            DefaultValueFactory = _ => ChannelSurgery.DefaultBlock,
        };
        block.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= ChannelSurgery.MaxBlock))
                result.AddError($"--block must be a whole number from 1 to {ChannelSurgery.MaxBlock}, not '{token.Value}'.");
        });
        var json = CommonOptions.Json();
        var command = new Command("fold", "Fold BatchNorm, flush weights near zero, rewrite PRelu, take dead channels out; writes only what agrees with the original in ONNX Runtime.")
        {
            input, output, steps, block, json,
        };
        command.SetAction(parsed =>
        {
            var report = ModelFolder.Fold(parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetValue(steps), parsed.GetValue(block));
            Print(report, parsed.GetValue(json), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return report.Written ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static FoldSteps ParseSteps(string text, Action<string> addError)
    {
        var steps = FoldSteps.None;
        foreach (var name in text.Split(','))
        {
            // Enum.TryParse would take numbers and lists as well.
            if (!Enum.GetValues<FoldSteps>().Any(step => step != FoldSteps.None && step.ToString().Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                addError($"--steps must name batchnorm, flush, prelu or channels, separated by commas, not '{name}'.");
                return FoldSteps.None;
            }

            steps |= Enum.Parse<FoldSteps>(name, ignoreCase: true);
        }

        return steps;
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
                $"{report.Output}: {report.FoldedBatchNorms} BatchNorm folded, {report.FlushedWeights} weights flushed, {report.RewrittenPRelu} PRelu rewritten, {report.RemovedChannels} of {report.Channels} channels removed, {report.InputNodes} -> {report.OutputNodes} nodes, {report.InputBytes / 1024} -> {report.OutputBytes / 1024} KB; outputs differ by {report.WorstRelativeDifference:0.0e+0} at most (relative)"));
            output.WriteLine($"sha256 {report.OutputSha256}");
        }

        if (!report.Written)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{report.Input}: the folded model differs by {report.WorstRelativeDifference:0.0e+0} (relative), more than {report.Tolerance:0.0e+0}; nothing was written."));
        }
    }
}
