using EdgeFace.Core;
using EdgeFace.ModelTools.Cost;

namespace EdgeFace.ModelTools.Comparing;

/// <summary>Multiply-accumulates of a model at the size it is compared at.</summary>
internal static class MacCount
{
    /// <summary>Null where the model holds an operator that cannot be counted: it can be timed all the same.</summary>
    public static long? Of(ComparedModel model)
    {
        try
        {
            return ModelCost.Measure(model.Bytes, model.Path, [.. model.Shape.Select(side => (long)side)]).Macs;
        }
        catch (InputException)
        {
            return null;
        }
    }
}
