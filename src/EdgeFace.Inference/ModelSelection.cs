namespace EdgeFace.Inference;

/// <summary>Which of the folders below the models folder are used.</summary>
public sealed record ModelSelection
{
    public string Detector { get; init; } = "detector-rfb320";

    public string Landmarks { get; init; } = "landmarks-68";

    public string Embedder { get; init; } = "embedder-mobilefacenet";
}
