using EdgeFace.Core;
using EdgeFace.ModelTools.Models;
using EdgeFace.ModelTools.Onnx;
using Google.Protobuf;

namespace EdgeFace.ModelTools.Comparing;

/// <summary>One side of a comparison.</summary>
/// <param name="Bytes">As it is run, at this input's size.</param>
/// <param name="FileBytes">Size of the file.</param>
/// <param name="Shape">Of the input that it is run with: NCHW, or NHWC for bytes.</param>
/// <param name="Described">Null for an ONNX file without a manifest: such a one can be timed, not evaluated.</param>
internal sealed record ComparedModel(string Path, byte[] Bytes, long FileBytes, string InputName, IReadOnlyList<int> Shape, DescribedModel? Described)
{
    /// <param name="path">A model's folder or an ONNX file.</param>
    /// <param name="size">The input to run with; null for the model's own.</param>
    /// <exception cref="InputException">There is no such model, it cannot be used, or does not run at this size.</exception>
    public static ComparedModel Load(string path, (int Width, int Height)? size)
    {
        if (DescribedModel.TryLoad(path) is not { } described)
            return Bare(path, size);
        var sized = size is { } wanted ? ModelAtSize.Make(described, wanted.Width, wanted.Height) : described;
        return new ComparedModel(path, sized.Bytes, described.Bytes.Length, sized.Manifest.Input.Name, sized.Manifest.Input.Shape, described);
    }

    private static ComparedModel Bare(string path, (int Width, int Height)? size)
    {
        var bytes = OnnxFile.ReadBytes(path);
        var model = OnnxFile.Parse(bytes, path);
        var (name, shape, isBytes) = ModelProbe.Input(bytes, path);
        if (size is { } wanted)
        {
            int[] at = isBytes ? [1, wanted.Height, wanted.Width, shape[3]] : [1, shape[1], wanted.Height, wanted.Width];
            ModelAtSize.SetInput(model.Graph, name, at);
            return new ComparedModel(path, model.ToByteArray(), bytes.Length, name, at, null);
        }

        int[] own = [Math.Max(shape[0], 1), .. shape[1..]];
        return own.All(side => side > 0)
            ? new ComparedModel(path, bytes, bytes.Length, name, own, null)
            : throw new InputException($"{path}: leaves its input's size free; say it with --input.");
    }
}
