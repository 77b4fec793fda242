using System.Text.RegularExpressions;
using EdgeFace.Core;

namespace EdgeFace.Inference;

/// <summary>Where one map of a head lies: an output tensor, how far apart its cells and its channels are in it, and where its first channel begins.</summary>
internal readonly record struct HeadMap(int Output, int CellStep, int ChannelStep, int Start = 0);

/// <summary>One stride of an anchor-free head.</summary>
/// <param name="Stride">Input pixels per cell.</param>
/// <param name="Columns">Cells in a row.</param>
/// <param name="Rows">Rows of cells.</param>
/// <param name="Score">Score of a face, or of the class when <paramref name="Objectness"/> is there, 0..1; one channel.</param>
/// <param name="Objectness">0..1, one channel; null for heads with a single score.</param>
/// <param name="Box">Four channels: offset of the centre x, y, logarithm of width, height; all in strides.</param>
/// <param name="Points">Ten channels: x, y of the five points from the cell's corner, in strides; null for heads without.</param>
/// <param name="ScoreIsLogit">The score is log(p / (1 - p)) instead of p.</param>
internal sealed record HeadLevel(int Stride, int Columns, int Rows, HeadMap Score, HeadMap? Objectness, HeadMap Box, HeadMap? Points, bool ScoreIsLogit = false)
{
    public int Cells => Columns * Rows;
}

/// <summary>
/// Reads from a manifest how an anchor-free head is laid out. Outputs are named KIND_STRIDE, in any order: <c>score_8</c> (or
/// <c>cls_8</c>, alone or with <c>obj_8</c>), <c>bbox_8</c> and optionally <c>kps_8</c>, the same kinds for every stride; each of the
/// shape [1, cells, channels] or [1, channels, rows, columns]. Or one output <c>face_8</c> for each stride, which holds all of them in
/// this order, the score as a logit, and may hold more channels behind: the runtime then need not take its last map apart.
/// </summary>
internal static partial class AnchorFreeHead
{
    private const int MaxStride = 256;

    /// <summary>Score, box, five points.</summary>
    private const int FaceChannels = 15;

    /// <exception cref="InputException">The outputs are not such a head.</exception>
    public static IReadOnlyList<HeadLevel> Read(ModelPackage package)
    {
        var manifest = package.Manifest;
        var maps = new SortedDictionary<int, Dictionary<string, int>>();
        for (var i = 0; i < manifest.Outputs.Count; i++)
        {
            var match = OutputName().Match(manifest.Outputs[i].Name);
            if (!match.Success || !int.TryParse(match.Groups[2].ValueSpan, out var stride) || stride is < 1 or > MaxStride)
                throw Problem(package, $"output '{manifest.Outputs[i].Name}' is not named KIND_STRIDE, with the kinds cls, obj, score, bbox, kps, face");
            if (!maps.TryGetValue(stride, out var level))
                maps.Add(stride, level = new Dictionary<string, int>(StringComparer.Ordinal));
            if (!level.TryAdd(match.Groups[1].Value, i))
                throw Problem(package, $"output '{manifest.Outputs[i].Name}' is named twice");
        }

        var kinds = maps.First().Value.Keys.Order(StringComparer.Ordinal).ToArray();
        if (maps.Values.FirstOrDefault(level => !level.Keys.Order(StringComparer.Ordinal).SequenceEqual(kinds)) is not null)
            throw Problem(package, "every stride needs the same outputs");
        return [.. maps.Select(entry => Level(package, entry.Key, entry.Value))];
    }

    /// <summary>The outputs of such a head for another input.</summary>
    /// <exception cref="InputException">The outputs are not such a head, or a stride does not divide the size.</exception>
    public static IReadOnlyList<ModelOutput> OutputsAt(ModelPackage package, InputSize size)
    {
        var outputs = package.Manifest.Outputs.ToArray();
        foreach (var level in Read(package))
        {
            if (size.Width % level.Stride != 0 || size.Height % level.Stride != 0)
                throw Problem(package, $"an input of {size} is not a multiple of stride {level.Stride}");
            var (columns, rows) = (size.Width / level.Stride, size.Height / level.Stride);
            foreach (var map in (HeadMap?[])[level.Score, level.Objectness, level.Box, level.Points])
            {
                if (map is { Output: var i } && outputs[i].Shape is var shape)
                    outputs[i] = outputs[i] with { Shape = shape.Count == 3 ? [1, columns * rows, shape[2]] : [1, shape[1], rows, columns] };
            }
        }

        return outputs;
    }

    private static HeadLevel Level(ModelPackage package, int stride, Dictionary<string, int> maps)
    {
        var input = package.Manifest.Input;
        if (input.Width % stride != 0 || input.Height % stride != 0)
            throw Problem(package, $"the input of {input.Width}x{input.Height} is not a multiple of stride {stride}");
        var (columns, rows) = (input.Width / stride, input.Height / stride);

        if (maps.TryGetValue("face", out var whole))
        {
            if (maps.Count > 1)
                throw Problem(package, $"stride {stride} needs either face or the single maps");
            var all = Layout(package, whole, FaceChannels, columns, rows, more: true);
            return new HeadLevel(stride, columns, rows, all, null, all with { Start = all.ChannelStep }, all with { Start = 5 * all.ChannelStep }, ScoreIsLogit: true);
        }

        HeadMap? Map(string kind, int channels)
            => maps.TryGetValue(kind, out var output) ? Layout(package, output, channels, columns, rows) : null;

        var (single, cls, objectness) = (Map("score", 1), Map("cls", 1), Map("obj", 1));
        if (single is not null ? cls is not null || objectness is not null : cls is null)
            throw Problem(package, $"stride {stride} needs either score or cls (alone or with obj)");
        var box = Map("bbox", 4) ?? throw Problem(package, $"stride {stride} needs bbox");
        return new HeadLevel(stride, columns, rows, single ?? cls!.Value, objectness, box, Map("kps", 10));
    }

    /// <param name="more">More channels than these may follow.</param>
    private static HeadMap Layout(ModelPackage package, int output, int channels, int columns, int rows, bool more = false)
    {
        var (name, shape) = package.Manifest.Outputs[output];
        var cells = columns * rows;
        if (shape is [1, var flat, var last] && flat == cells && Fits(last))
            return new HeadMap(output, CellStep: last, ChannelStep: 1);
        if (shape is [1, var first, var height, var width] && Fits(first) && height == rows && width == columns)
            return new HeadMap(output, CellStep: 1, ChannelStep: cells);
        throw Problem(package, $"output '{name}' is [{string.Join(", ", shape)}], but must be [1, {cells}, {channels}] or [1, {channels}, {rows}, {columns}]");

        bool Fits(int found) => more ? found >= channels : found == channels;
    }

    private static InputException Problem(ModelPackage package, string what)
        => new($"{package.Folder}: decoder {AnchorFreeDecoder.Name}: {what}.");

    [GeneratedRegex("^(cls|obj|score|bbox|kps|face)_([0-9]{1,4})$")]
    private static partial Regex OutputName();
}
