using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Folding;
using Onnx;

namespace EdgeFace.ModelTools.Models;

/// <summary>
/// The priors of RFB-320 (Ultra-Light-Fast-Generic-Face-Detector-1MB, define_img_size): for every cell of the strides 8, 16, 32
/// and 64 its centre, and boxes of fixed sizes in pixels; all as fractions of the input. The model holds them as constants of
/// one input size.
/// </summary>
internal static class RfbPriors
{
    private const float Tolerance = 1e-5f;

    private static readonly (int Stride, int[] Sides)[] Levels =
        [(8, [10, 16, 24]), (16, [32, 48]), (32, [64, 96]), (64, [128, 192, 256])];

    /// <summary>Puts the priors of another input size in place of those of the manifest's.</summary>
    /// <exception cref="InputException">The model does not hold the priors of the manifest's size.</exception>
    public static void Replace(GraphProto graph, ModelManifest manifest, int width, int height, string path)
    {
        var (centres, sizes) = Make(manifest.Input.Width, manifest.Input.Height);
        var (newCentres, newSizes) = Make(width, height);
        int replacedCentres = 0, replacedSizes = 0;
        foreach (var tensor in Constants(graph))
        {
            if (tensor.DataType != (int)TensorProto.Types.DataType.Float || Count(tensor) != centres.Length)
                continue;
            var values = FloatTensor.Read(tensor);
            replacedCentres += Put(tensor, values, centres, newCentres);
            replacedSizes += Put(tensor, values, sizes, newSizes);
        }

        if (replacedCentres == 0 || replacedSizes == 0)
            throw new InputException($"{path}: the priors of {manifest.Input.Width}x{manifest.Input.Height} are not in it, so it cannot be run at {width}x{height}.");
    }

    /// <summary>Centres (x, y) and sizes (w, h), in the model's order.</summary>
    internal static (float[] Centres, float[] Sizes) Make(int width, int height)
    {
        List<float> centres = [], sizes = [];
        foreach (var (stride, sides) in Levels)
        {
            var (columns, rows) = ((width + stride - 1) / stride, (height + stride - 1) / stride);
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                {
                    foreach (var side in sides)
                    {
                        centres.AddRange([(column + 0.5f) / columns, (row + 0.5f) / rows]);
                        sizes.AddRange([MathF.Min((float)side / width, 1), MathF.Min((float)side / height, 1)]);
                    }
                }
            }
        }

        return ([.. centres], [.. sizes]);
    }

    private static IEnumerable<TensorProto> Constants(GraphProto graph)
        => graph.Initializer.Concat(graph.Node.Where(node => node.OpType == "Constant").SelectMany(node => node.Attribute).Select(attribute => attribute.T).OfType<TensorProto>());

    private static long Count(TensorProto tensor) => tensor.Dims.Aggregate(1L, (product, size) => product * size);

    private static int Put(TensorProto tensor, ReadOnlySpan<float> values, float[] old, float[] replacement)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!(MathF.Abs(values[i] - old[i]) <= Tolerance))
                return 0;
        }

        var rank = tensor.Dims.Count;
        tensor.Dims.Clear();
        tensor.Dims.Add([.. Enumerable.Repeat(1L, rank - 2), replacement.Length / 2, 2]);
        FloatTensor.Write(tensor, replacement);
        return 1;
    }
}
