using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace EdgeFace.Inference;

/// <summary>The input of a detector in pixels as settings give it: width x height, as in <c>416x320</c>.</summary>
public readonly record struct InputSize(int Width, int Height)
{
    /// <summary>Sides are multiples of this: the strides of the detectors known here divide it.</summary>
    public const int Multiple = 32;

    /// <summary>Less shows no detector a face.</summary>
    public const int MinSide = 64;

    /// <summary>More takes longer than a board has: at 1920x1920 about 28 times as long as at 416x320.</summary>
    public const int MaxSide = 1920;

    /// <summary>False for other texts than WIDTHxHEIGHT, and for sides that are no multiples of <see cref="Multiple"/> within the limits.</summary>
    public static bool TryParse(string? text, out InputSize size)
    {
        size = default;
        if (text?.Split('x') is not [var width, var height] || Side(width) is not { } across || Side(height) is not { } down)
            return false;
        size = new InputSize(across, down);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");

    private static int? Side(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is >= MinSide and <= MaxSide && side % Multiple == 0 && text[0] != '0' ? side : null;
}

/// <summary>A text that <see cref="InputSize.TryParse"/> takes; the pattern says the same to a schema.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InputSizeAttribute() : RegularExpressionAttribute($"^{Sides}x{Sides}$")
{
    private static readonly string Sides = string.Create(
        CultureInfo.InvariantCulture,
        $"({string.Join('|', Enumerable.Range(InputSize.MinSide / InputSize.Multiple, InputSize.MaxSide / InputSize.Multiple - InputSize.MinSide / InputSize.Multiple + 1).Select(i => i * InputSize.Multiple))})");

    public override bool IsValid(object? value) => value is null || InputSize.TryParse(value as string, out _);

    public override string FormatErrorMessage(string name)
        => string.Create(CultureInfo.InvariantCulture, $"must be WIDTHxHEIGHT as in 416x320, both multiples of {InputSize.Multiple} from {InputSize.MinSide} to {InputSize.MaxSide}");
}
