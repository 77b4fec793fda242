using EdgeFace.Core;
using EdgeFace.Core.Faces;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>One labelled face of WIDER FACE (Yang et al. 2016).</summary>
/// <param name="Box">In pixels of the picture.</param>
/// <param name="Easy">Counts in the easy set; likewise the others. A face that counts in no set is ignored, not background.</param>
/// <param name="Invalid">So the labellers marked it: too small or unclear.</param>
internal sealed record WiderFace(FaceBox Box, bool Easy, bool Medium, bool Hard, bool Invalid)
{
    /// <summary>Set when <c>landmarks.csv</c> has the face.</summary>
    public Landmarks5? Landmarks { get; init; }
}

/// <summary>One picture with all its labelled faces.</summary>
internal sealed record WiderPicture(string Path, IReadOnlyList<WiderFace> Faces);

/// <summary>
/// Reads a folder with <c>images/</c> and <c>faces.csv</c>: columns image, x, y, w, h, easy, medium, hard (1 when the face counts
/// in that set), optionally invalid; others are skipped.
/// </summary>
internal static class WiderFaces
{
    public const string FileName = "faces.csv";

    private static readonly string[] Required = ["image", "x", "y", "w", "h", "easy", "medium", "hard"];

    /// <exception cref="InputException">The file is missing or not of this form; the message names the line.</exception>
    public static IReadOnlyList<WiderPicture> Read(string folder)
    {
        var table = CsvTable.Read(Path.Combine(folder, FileName), Required);
        var faces = new Dictionary<string, List<WiderFace>>(StringComparer.Ordinal);
        foreach (var row in table.Rows)
        {
            var image = row.PlainName("image");
            if (!faces.TryGetValue(image, out var list))
                faces.Add(image, list = []);
            list.Add(new WiderFace(Box(row), row.Flag("easy"), row.Flag("medium"), row.Flag("hard"), table.Has("invalid") && row.Flag("invalid")));
        }

        WiderLandmarks.AddTo(faces, folder);
        return [.. faces.Select(entry => new WiderPicture(Path.Combine(folder, "images", entry.Key), entry.Value))];
    }

    private static FaceBox Box(CsvRow row) => new(row.Number("x"), row.Number("y"), row.Number("w"), row.Number("h"));
}
