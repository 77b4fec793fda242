using System.Globalization;
using EdgeFace.Core;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>Two pictures, as paths relative to the folder <c>images</c>.</summary>
internal readonly record struct PicturePair(string First, string Second, bool Same);

/// <summary>
/// The pairs of Labeled Faces in the Wild (Huang et al. 2007): a line "folds TAB pairs", then for each fold as many lines
/// "name TAB i TAB j" (the same person) and "name TAB i TAB other TAB j" (two persons).
/// </summary>
internal static class LfwPairs
{
    /// <exception cref="InputException">The file is missing or not of this form; the message names the line.</exception>
    public static IReadOnlyList<IReadOnlyList<PicturePair>> Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the list of pairs is missing or cannot be read.", error);
        }

        if (lines.Length == 0 || lines[0].Split('\t') is not [var foldsText, var pairsText] || !TryCount(foldsText, out var folds) || !TryCount(pairsText, out var pairs))
            throw new InputException($"{path}:1: must say 'folds TAB pairs', as in LFW's pairs.txt.");
        if (lines.Length < 1 + (long)folds * pairs * 2)
            throw new InputException($"{path}: ends after {lines.Length} lines, but {folds} folds of {pairs} + {pairs} pairs take {1 + (long)folds * pairs * 2}.");

        var result = new List<IReadOnlyList<PicturePair>>(folds);
        for (var fold = 0; fold < folds; fold++)
        {
            var first = 1 + fold * pairs * 2;
            result.Add([.. Enumerable.Range(first, pairs * 2).Select(line => Parse(path, lines[line], line + 1, same: line < first + pairs))]);
        }

        return result;
    }

    private static PicturePair Parse(string path, string line, int number, bool same)
    {
        var parts = line.TrimEnd().Split('\t');
        if (same && parts is [var name, var i, var j] && TryCount(i, out var first) && TryCount(j, out var second))
            return new PicturePair(Picture(name, first), Picture(name, second), Same: true);
        if (!same && parts is [var one, var k, var other, var l] && TryCount(k, out first) && TryCount(l, out second))
            return new PicturePair(Picture(one, first), Picture(other, second), Same: false);
        throw new InputException($"{path}:{number}: must be {(same ? "'name TAB i TAB j'" : "'name TAB i TAB other TAB j'")}.");
    }

    private static string Picture(string name, int number)
        => Path.Combine(name, string.Create(CultureInfo.InvariantCulture, $"{name}_{number:0000}.jpg"));

    private static bool TryCount(string text, out int value)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is > 0 and < 1_000_000;
}
