using System.CommandLine;
using System.Globalization;
using EdgeFace.Inference;

namespace EdgeFace.ModelTools.Commands;

/// <summary>Options that are whole numbers within limits; what is outside is refused with the limits.</summary>
internal static class NumberOption
{
    public static Option<int?> Create(string name, string description, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most))
                result.AddError($"{name} must be a whole number from {least} {(most == int.MaxValue ? "on" : $"to {most}")}, not '{token.Value}'.");
        });
        return option;
    }

    public static Option<int?> Threads() => Create(
        "--threads", $"Threads of one model run, {InferenceOptions.MinThreads}..{InferenceOptions.MaxThreads}; 1 by default.", InferenceOptions.MinThreads, InferenceOptions.MaxThreads);
}
