using EdgeFace.ModelTools.Folding;
using Google.Protobuf;
using Onnx;

namespace EdgeFace.ModelTools.Tests;

/// <summary>ONNX models of a few nodes, made by hand: input "x" 1x2x4x4, output "y".</summary>
internal sealed class TinyModel
{
    private readonly ModelProto _model = new()
    {
        IrVersion = 6,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 9 } },
        Graph = new GraphProto { Name = "tiny", Input = { Tensor("x") }, Output = { Tensor("y") } },
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

    public byte[] Bytes => _model.ToByteArray();

    public string Save(string path)
    {
        File.WriteAllBytes(path, Bytes);
        return path;
    }

    private static ValueInfoProto Tensor(string name)
    {
        var shape = new TensorShapeProto();
        foreach (var size in new long[] { 1, 2, 4, 4 })
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }
}
