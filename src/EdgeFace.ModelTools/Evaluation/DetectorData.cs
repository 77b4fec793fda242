using EdgeFace.Core;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>Parts of an evaluation.</summary>
[Flags]
internal enum DetectorParts
{
    None = 0,
    Wider = 1,
    FaceFree = 2,
    Portraits = 4,
    All = Wider | FaceFree | Portraits,
}

/// <summary>
/// The pictures below a data folder: <c>wider/val</c> (labelled), <c>nonface</c> (no face in any picture), <c>lfw/images</c> (a face
/// in every picture). What is absent is left out.
/// </summary>
internal sealed record DetectorData(IReadOnlyList<WiderPicture>? Labelled, IReadOnlyList<string>? FaceFree, IReadOnlyList<string>? Portraits, IReadOnlyList<string> LeftOut)
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png"];

    /// <param name="limit">At most so many pictures of each kind; null for all.</param>
    /// <exception cref="InputException">The folder is missing or holds none of the parts, or the labels are malformed.</exception>
    public static DetectorData Find(string folder, DetectorParts parts, int? limit)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: there is no such data folder.");
        var leftOut = new List<string>();
        var wider = Part(parts, DetectorParts.Wider, Path.Combine(folder, "wider", "val"), "average precision", leftOut);
        var empty = Part(parts, DetectorParts.FaceFree, Path.Combine(folder, "nonface"), "false positives", leftOut);
        var portraits = Part(parts, DetectorParts.Portraits, Path.Combine(folder, "lfw", "images"), "portraits with a face", leftOut);
        if (wider is null && empty is null && portraits is null)
            throw new InputException($"{folder}: holds nothing to measure on: neither wider/val nor nonface nor lfw/images of those that were asked for.");
        return new DetectorData(
            wider is null ? null : Limit(WiderFaces.Read(wider), limit),
            empty is null ? null : Limit(Pictures(empty), limit),
            portraits is null ? null : Limit(Pictures(portraits), limit),
            leftOut);
    }

    private static string? Part(DetectorParts wanted, DetectorParts part, string folder, string what, List<string> leftOut)
    {
        if (!wanted.HasFlag(part))
            leftOut.Add($"{what}: not asked for");
        else if (!Directory.Exists(folder))
            leftOut.Add($"{what}: {folder} is missing");
        else
            return folder;
        return null;
    }

    private static string[] Pictures(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0 ? files : throw new InputException($"{folder}: holds no pictures (.jpg, .jpeg, .png).");
    }

    private static IReadOnlyList<T> Limit<T>(IReadOnlyList<T> all, int? limit) => limit is { } most && most < all.Count ? [.. all.Take(most)] : all;
}
