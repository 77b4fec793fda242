using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeFace.ModelTools.Cost;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models cost MODEL.onnx [--input 1x3x320x320] [--json]</c></summary>
internal static class CostCommand
{
    private const long MaxSide = 65_536;

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "The model (ONNX)." };
        var input = new Option<long[]?>("--input")
        {
            Description = "Shape of the input, as in 1x3x320x320; the one in the file by default.",
            CustomParser = result => ParseShape(result.Tokens[0].Value, result.AddError),
        };
        var json = CommonOptions.Json();
        var command = new Command("cost", "Count multiply-accumulates, parameters and memory accesses, layer by layer; nothing is run.")
        {
            model, input, json,
        };
        command.SetAction(parsed =>
        {
            // The parser makes an empty array of an option that is not given.
            var report = ModelCost.Measure(parsed.GetRequiredValue(model), parsed.GetValue(input) is { Length: > 0 } shape ? shape : null);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.CostReport));
            else
                Print(report, output);
            return ExitCode.Success;
        });
        return command;
    }

    private static long[]? ParseShape(string text, Action<string> addError)
    {
        var parts = text.Split('x');
        var shape = new long[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out shape[i]) || shape[i] is < 1 or > MaxSide)
            {
                addError($"--input must be sizes from 1 to {MaxSide} joined by 'x', as in 1x3x320x320, not '{text}'.");
                return null;
            }
        }

        return shape;
    }

    private static void Print(CostReport report, TextWriter output)
    {
        var text = CultureInfo.InvariantCulture;
        output.WriteLine(string.Create(text, $"{report.Model}: {report.Input}; {report.Bytes / 1024.0:0} KB"));
        output.WriteLine($"{"layer",-28} {"kind",-10} {"input",-13} {"output",-13} {"kernel",-7} {"MACs",14} {"parameters",11} {"accesses",14} {"op/byte",8}");
        foreach (var layer in report.Layers)
        {
            output.WriteLine(string.Create(text,
                $"{Shorten(layer.Name),-28} {layer.Kind,-10} {layer.Input,-13} {layer.Output,-13} {layer.Kernel,-7} {layer.Macs,14:N0} {layer.Parameters,11:N0} {layer.Accesses,14:N0} {layer.Intensity,8:0.0}"));
        }

        output.WriteLine(string.Create(text,
            $"{$"{report.Layers.Count} layers",-28} {"",-10} {"",-13} {"",-13} {"",-7} {report.Macs,14:N0} {report.Parameters,11:N0} {report.Accesses,14:N0} {report.Intensity,8:0.0}"));
        output.WriteLine(string.Create(text, $"accesses: input {report.InputAccesses:N0}, output {report.OutputAccesses:N0}, weights {report.WeightAccesses:N0}; BatchNorm and activations count as fused"));
    }

    private static string Shorten(string name) => name.Length <= 28 ? name : string.Concat("..", name.AsSpan(name.Length - 26));
}
