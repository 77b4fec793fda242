using EdgeFace.Core.Faces;

namespace EdgeFace.Agent.Visits;

/// <summary>
/// The template of a visit: the mean of its normalised embeddings weighted by quality. Averaging cancels what differs
/// from frame to frame and keeps what the frames share.
/// </summary>
internal sealed class FusedTemplate
{
    private float[]? _sum;

    /// <summary>Faces added.</summary>
    public int Count { get; private set; }

    /// <summary>The mean, normalised; null before the first face.</summary>
    public Embedding? Mean { get; private set; }

    /// <param name="embedding">Of the same model every time.</param>
    /// <param name="quality">0..1; the least weight is 0.01, so that a poor face still counts when it is the only one.</param>
    public void Add(Embedding embedding, float quality)
    {
        _sum ??= new float[embedding.Dimension];
        var weight = MathF.Max(quality, 0.01f);
        var values = embedding.Values;
        for (var i = 0; i < _sum.Length; i++)
            _sum[i] += weight * values[i];
        Count++;
        Mean = Embedding.Normalize(embedding.ModelId, _sum);
    }
}
