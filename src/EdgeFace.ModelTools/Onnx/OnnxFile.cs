using EdgeFace.Core;
using EdgeFace.Core.IO;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Onnx;

/// <summary>Reads and writes ONNX files; what cannot be read is refused with one line.</summary>
internal static class OnnxFile
{
    /// <summary>Larger files than this are no models of an edge board, and protobuf stops at 2 GB anyway.</summary>
    public const long MaxBytes = 512L * 1024 * 1024;

    /// <exception cref="InputException">The file is missing, too large, not ONNX, cut short, or keeps its weights elsewhere.</exception>
    public static byte[] ReadBytes(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new InputException($"{path}: there is no such file.");
        if (file.Length > MaxBytes)
            throw new InputException($"{path}: {file.Length} bytes are more than the {MaxBytes} that a model may have.");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({error.Message}).", error);
        }
    }

    /// <inheritdoc cref="ReadBytes"/>
    public static ModelProto Parse(byte[] bytes, string path)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InputException($"{path}: not an ONNX model, or cut short; fetch the file again.", error);
        }

        if (model.Graph is null || model.Graph.Node.Count == 0 || model.OpsetImport.Count == 0)
            throw new InputException($"{path}: not an ONNX model: it holds no graph.");
        if (model.Graph.Initializer.Any(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External))
            throw new InputException($"{path}: its weights lie in other files; save it as one file first.");
        return model;
    }

    /// <summary>Writes aside and renames, so that a reader sees the old file or the new one.</summary>
    /// <exception cref="InputException">The folder is missing or not writable.</exception>
    public static void Write(byte[] bytes, string path)
    {
        try
        {
            DurableFile.Write(path, file => file.Write(bytes));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written ({error.Message}).", error);
        }
    }
}
