using EdgeFace.ModelTools.Folding;
using EdgeFace.ModelTools.Graphs;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Tests;

/// <summary>ONNX models of a few nodes, made by hand: input "x" 1x2x4x4 unless said otherwise, output "y".</summary>
internal sealed class TinyModel
{
    private readonly ModelProto _model;

    public TinyModel()
        : this([1, 2, 4, 4], [1, 2, 4, 4])
    {
    }

    /// <param name="output">Null where the runtime shall find out.</param>
    public TinyModel(long[] input, long[]? output = null) => _model = new ModelProto
    {
        IrVersion = 6,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 9 } },
        Graph = new GraphProto { Name = "tiny", Input = { Tensor("x", input) }, Output = { Tensor("y", output) } },
    };

    public ModelProto Model => _model;

    public TinyModel With(string name, long[] shape, params float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float, Dims = { shape } };
        FloatTensor.Write(tensor, values);
        _model.Graph.Initializer.Add(tensor);
        return this;
    }

    public TinyModel Then(string type, string output, params string[] inputs)
    {
        _model.Graph.Node.Add(new NodeProto { OpType = type, Name = output, Input = { inputs }, Output = { output } });
        return this;
    }

    /// <summary>Weights and bias that a seed makes, and the convolution that has them.</summary>
    public TinyModel Convolve(string output, string input, long[] weights, int seed, long group = 1, long pad = 0, long stride = 1)
    {
        var random = new Random(seed);
        var count = (int)weights.Aggregate(1L, (product, size) => product * size);
        With(output + "_w", weights, [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)]);
        With(output + "_b", [weights[0]], [.. Enumerable.Range(0, (int)weights[0]).Select(_ => random.NextSingle() * 2 - 1)]);
        Then("Conv", output, input, output + "_w", output + "_b");
        var node = _model.Graph.Node[^1];
        node.Set("group", group);
        node.Set("pads", pad, pad, pad, pad);
        node.Set("strides", stride, stride);
        return this;
    }

    /// <summary>Changes the numbers of a tensor that is there.</summary>
    public TinyModel Change(string name, Action<float[]> change)
    {
        var tensor = _model.Graph.Initializer.First(tensor => tensor.Name == name);
        var values = FloatTensor.Read(tensor);
        change(values);
        FloatTensor.Write(tensor, values);
        return this;
    }

    public byte[] Bytes => _model.ToByteArray();

    public string Save(string path)
    {
        File.WriteAllBytes(path, Bytes);
        return path;
    }

    private static ValueInfoProto Tensor(string name, long[]? sizes)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float };
        if (sizes is not null)
        {
            type.Shape = new TensorShapeProto();
            foreach (var size in sizes)
                type.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
