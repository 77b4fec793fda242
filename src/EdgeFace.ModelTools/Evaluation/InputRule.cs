using System.Globalization;
using EdgeFace.ModelTools.Models;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>Which input size a picture is fitted into: one for all, or one that follows the picture's proportions.</summary>
internal sealed class InputRule
{
    private const int Multiple = 32;

    private readonly int? _longSide;
    private readonly (int Width, int Height) _fixed;

    private InputRule(int? longSide, (int Width, int Height) size)
    {
        _longSide = longSide;
        _fixed = size;
    }

    /// <summary>The long side gets this length, the short one keeps the proportions; both are then padded to multiples of 32.</summary>
    public static InputRule LongSide(int pixels) => new(pixels, default);

    public static InputRule Fixed(int width, int height) => new(null, (width, height));

    /// <summary>The input of the manifest, as the product runs it.</summary>
    public static InputRule Of(DescribedModel source) => Fixed(source.Manifest.Input.Width, source.Manifest.Input.Height);

    public (int Width, int Height) For(int pictureWidth, int pictureHeight)
    {
        if (_longSide is not { } pixels)
            return _fixed;
        var scale = (double)pixels / Math.Max(pictureWidth, pictureHeight);
        return (Padded(pictureWidth * scale), Padded(pictureHeight * scale));
    }

    /// <summary>As it stands in a protocol.</summary>
    public string Describe() => _longSide is { } pixels
        ? string.Create(CultureInfo.InvariantCulture, $"long side {pixels}, sides padded to multiples of {Multiple}")
        : string.Create(CultureInfo.InvariantCulture, $"input {_fixed.Width}x{_fixed.Height}");

    private static int Padded(double side) => Math.Max(1, ((int)Math.Round(side) + Multiple - 1) / Multiple) * Multiple;
}
