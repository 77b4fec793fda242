namespace EdgeFace.Vision.Drawing;

/// <summary>
/// Brings text down to what <see cref="BitmapFont"/> has: letters lose their accents, anything else becomes '?'. Tables,
/// because Unicode normalisation is not available to a program that runs without culture data.
/// </summary>
internal static class AsciiFold
{
    private const char Unknown = '?';

    /// <summary>U+00C0..U+017F, Latin-1 letters and Latin Extended-A.</summary>
    private const string Latin =
        "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTs" +
        "aaaaaaaceeeeiiiidnooooo?ouuuuyty" +
        "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg" +
        "GgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL" +
        "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSs" +
        "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

    /// <summary>U+1E00..U+1EFF, Latin Extended Additional (Vietnamese and others).</summary>
    private const string LatinAdditional =
        "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFf" +
        "GgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMm" +
        "MmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRr" +
        "SsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVv" +
        "WwWwWwWwWwXxXxYyZzZzZzhtwyas??S?" +
        "AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe" +
        "EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOo" +
        "OoOoUuUuUuUuUuUuUuYyYyYyYy??????";

    /// <summary>Takes the next character to draw off the front of a text.</summary>
    /// <returns>False at the end of the text.</returns>
    internal static bool Next(ref ReadOnlySpan<char> text, out char ascii)
    {
        while (!text.IsEmpty)
        {
            var c = text[0];
            var pair = char.IsHighSurrogate(c) && text.Length > 1 && char.IsLowSurrogate(text[1]);
            text = text[(pair ? 2 : 1)..];
            if (IsCombining(c))
                continue;
            ascii = pair ? Unknown : Fold(c);
            return true;
        }

        ascii = default;
        return false;
    }

    /// <summary>Marks that follow the letter they belong to, as file names from a Mac have them.</summary>
    private static bool IsCombining(char c) => c is (>= '\u0300' and <= '\u036F') or '\u200B' or '\u200D' or '\uFE0F';

    private static char Fold(char c) => c switch
    {
        >= BitmapFont.First and <= BitmapFont.Last => c,
        >= '\u00C0' and <= '\u017F' => Latin[c - '\u00C0'],
        >= '\u1E00' and <= '\u1EFF' => LatinAdditional[c - '\u1E00'],
        '\u01A0' => 'O',
        '\u01A1' => 'o',
        '\u01AF' => 'U',
        '\u01B0' => 'u',
        '\u0218' => 'S',
        '\u0219' => 's',
        '\u021A' => 'T',
        '\u021B' => 't',
        '\u00A0' or '\u2009' or '\u202F' => ' ',
        '\u2018' or '\u2019' => '\'',
        '\u201C' or '\u201D' => '"',
        >= '\u2010' and <= '\u2014' => '-',
        _ => Unknown,
    };
}
