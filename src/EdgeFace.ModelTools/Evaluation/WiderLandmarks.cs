using System.Numerics;
using EdgeFace.Core;
using EdgeFace.Core.Faces;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>
/// Labelled points, where a folder has them: <c>landmarks.csv</c> with image, face (0 for the picture's first line in
/// <c>faces.csv</c>), x0, y0 .. x4, y4 in the order of <see cref="Landmarks5"/>.
/// </summary>
internal static class WiderLandmarks
{
    public const string FileName = "landmarks.csv";

    private static readonly string[] Required = ["image", "face", "x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4"];

    /// <exception cref="InputException">The file is malformed or names a face that is not there.</exception>
    public static void AddTo(Dictionary<string, List<WiderFace>> faces, string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return;
        foreach (var row in CsvTable.Read(path, Required).Rows)
        {
            var (image, face) = (row.PlainName("image"), row.Index("face"));
            if (!faces.TryGetValue(image, out var list) || face >= list.Count)
                throw new InputException($"{path}: names face {face} of {image}, which {WiderFaces.FileName} does not have.");
            list[face] = list[face] with { Landmarks = new Landmarks5(Point(row, 0), Point(row, 1), Point(row, 2), Point(row, 3), Point(row, 4)) };
        }
    }

    private static Vector2 Point(CsvRow row, int point) => new(row.Number($"x{point}"), row.Number($"y{point}"));
}
