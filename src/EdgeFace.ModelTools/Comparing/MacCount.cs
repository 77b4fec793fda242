namespace EdgeFace.ModelTools.Comparing;

/// <summary>Multiply-accumulates of a model at the size it is compared at.</summary>
internal static class MacCount
{
    /// <summary>Null: not counted.</summary>
    public static long? Of(ComparedModel model) => null;
}
