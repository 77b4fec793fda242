using EdgeFace.Core;
using Onnx;

namespace EdgeFace.ModelTools.Graphs;

/// <summary>Attributes and inputs of a node, with the defaults that the operator set gives them.</summary>
internal static class NodeExtensions
{
    public static bool Is(this NodeProto node, string type) => node.OpType == type && node.Domain is ("" or "ai.onnx");

    public static long Int(this NodeProto node, string name, long otherwise) => node.Find(name)?.I ?? otherwise;

    public static float Float(this NodeProto node, string name, float otherwise) => node.Find(name)?.F ?? otherwise;

    public static string Text(this NodeProto node, string name, string otherwise) => node.Find(name)?.S.ToStringUtf8() ?? otherwise;

    public static long[]? Ints(this NodeProto node, string name) => node.Find(name) is { } found ? [.. found.Ints] : null;

    public static AttributeProto? Find(this NodeProto node, string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    public static void Set(this NodeProto node, string name, long value)
    {
        node.Unset(name);
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value });
    }

    public static void Set(this NodeProto node, string name, params long[] values)
    {
        node.Unset(name);
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } });
    }

    public static void Unset(this NodeProto node, string name)
    {
        if (node.Find(name) is { } found)
            node.Attribute.Remove(found);
    }

    /// <summary>True when the optional input is there; an empty name leaves it out.</summary>
    public static bool Has(this NodeProto node, int input) => node.Input.Count > input && node.Input[input].Length > 0;

    /// <summary>The node in a message: its operator and its name, or its output where it has none.</summary>
    public static string Title(this NodeProto node)
        => $"{node.OpType} '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "?")}'";

    /// <exception cref="InputException">The node has fewer inputs than its operator takes.</exception>
    public static string Need(this NodeProto node, int input)
        => node.Has(input) ? node.Input[input] : throw new InputException($"{node.Title()} lacks its input {input}; the model is damaged.");
}
