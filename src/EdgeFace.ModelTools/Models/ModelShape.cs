using System.Globalization;
using EdgeFace.Core;

namespace EdgeFace.ModelTools.Models;

/// <summary>The shape of an input as commands take it: <c>1x3x240x320</c> (NCHW) or <c>320x240</c> (width x height).</summary>
internal static class ModelShape
{
    public const int MaxSide = 4096;

    /// <summary>Width and height.</summary>
    /// <exception cref="InputException">The text is neither form, or a side is outside 1..<see cref="MaxSide"/>.</exception>
    public static (int Width, int Height) Parse(string text)
    {
        var parts = text.Split('x');
        var sizes = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) || sizes[i] is < 1 or > MaxSide)
                throw Bad(text);
        }

        return sizes switch
        {
            [var width, var height] => (width, height),
            [1, 1 or 3, var height, var width] => (width, height),
            _ => throw Bad(text),
        };
    }

    private static InputException Bad(string text)
        => new($"'{text}' is no input size: it must look like 1x3x240x320 or 320x240, with sides of 1..{MaxSide}.");
}
