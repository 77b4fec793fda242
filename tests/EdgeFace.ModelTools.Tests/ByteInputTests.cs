using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Graphs;
using EdgeFace.ModelTools.Quantization;
using EdgeFace.TestKit;
using Microsoft.ML.OnnxRuntime;
using Onnx;

namespace EdgeFace.ModelTools.Tests;

public sealed class ByteInputTests : IDisposable
{
    private const int Side = 8;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_frames_bytes_give_what_their_floats_give(bool widePixels)
    {
        var model = widePixels ? WidePixels() : new TinyModel([1, 3, Side, Side]).Convolve("y", "x", [4, 3, 3, 3], 2, pad: 1);
        var (floats, bytes) = (Quantize(model, byteInput: false), Quantize(model, byteInput: true));

        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(bytes)).Graph;
        Assert.Equal([1, Side, Side, 3], graph.Input[0].Type.TensorType.Shape.Dim.Select(size => size.DimValue));
        // What put the colours last is gone, or one that puts them first came.
        Assert.Equal(1, graph.Node.Count(node => node.Is("Transpose")));

        var random = new Random(5);
        var frame = new byte[Side * Side * 3];
        random.NextBytes(frame);
        var planes = new float[frame.Length];
        for (var i = 0; i < frame.Length; i++)
            planes[i % 3 * Side * Side + i / 3] = frame[i];
        Assert.Equal(Run(floats, OrtValue.CreateTensorValueFromMemory(planes, [1, 3, Side, Side])), Run(bytes, OrtValue.CreateTensorValueFromMemory(frame, [1, Side, Side, 3])));
    }

    [Fact]
    public void Dark_pictures_do_not_change_what_a_level_means()
        => Assert.True(File.Exists(Quantize(WidePixels(), byteInput: true, brightest: 90)));

    [Fact]
    public void A_model_that_is_not_trained_on_levels_is_refused_and_nothing_is_written()
        => Refused(new TinyModel([1, 3, Side, Side]).Convolve("y", "x", [4, 3, 3, 3], 2, pad: 1), 0.5f, "it takes (pixel - 0) * 0.5, not levels of 0..255 as they are; it must be trained on them.");

    [Fact]
    public void A_first_layer_in_float_is_refused()
        => Refused(new TinyModel([1, 3, Side, Side]).Then("Sigmoid", "s", "x").Convolve("y", "s", [4, 3, 3, 3], 2, pad: 1), 1, "input 'x' is not turned into bytes at once; its first layer stays in float.");

    private static TinyModel WidePixels()
    {
        var model = new TinyModel([1, 3, Side, Side]).Then("Transpose", "a", "x").Then("Reshape", "b", "a", "shape").Then("Transpose", "c", "b")
            .Convolve("y", "c", [4, 6, 2, 2], 2, pad: 1);
        model.Model.Graph.Initializer.Add(new TensorProto { Name = "shape", DataType = (int)TensorProto.Types.DataType.Int64, Dims = { 4 }, Int64Data = { 0, 0, -1, 6 } });
        model.Model.Graph.Node[0].Set("perm", 0, 2, 3, 1);
        model.Model.Graph.Node[2].Set("perm", 0, 3, 1, 2);
        return model;
    }

    private void Refused(TinyModel model, float scale, string expected)
    {
        var error = Assert.Throws<InputException>(() => Quantize(model, byteInput: true, scale));
        Assert.Contains("cannot take bytes for an input (--byte-input): ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("True.onnx")));
    }

    private string Quantize(TinyModel model, bool byteInput, float scale = 1, int brightest = 255)
    {
        var random = new Random(7);
        // The whole range is in each of them: its step is exactly 1 with floats as well.
        float[][] inputs =
        [
            .. Enumerable.Range(0, 8).Select(_ => Enumerable.Range(0, Side * Side * 3).Select(i => scale * (i < 2 ? brightest * i : random.Next(brightest))).ToArray()),
        ];
        var input = new ModelInput { Name = "x", Shape = [1, 3, Side, Side], Layout = "NCHW", Colour = ModelColour.Bgr, Mean = 0, Scale = scale };
        var (path, output) = (_folder.File("in.onnx"), _folder.File(byteInput + ".onnx"));
        model.Save(path);
        var report = new ModelQuantizer(path, input, new QuantizeOptions(RangeMethod.MinMax, [], null, 8, byteInput)).Run(output, inputs, (_, _, _) => { });
        Assert.True(report.Written);
        return output;
    }

    private static float[] Run(string path, OrtValue input)
    {
        using (input)
        using (var session = new InferenceSession(path))
        using (var options = new RunOptions())
        using (var results = session.Run(options, ["x"], [input], ["y"]))
            return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
