namespace EdgeFace.Core.Faces;

/// <summary>
/// A face as a point on the unit sphere of one model's space. Vectors of different models must never be compared:
/// <see cref="ModelId"/> says which space it is.
/// </summary>
public sealed class Embedding
{
    private readonly float[] _values;

    private Embedding(string modelId, float[] values)
    {
        ModelId = modelId;
        _values = values;
    }

    /// <summary>The embedder's identity: its name and the first 12 hex digits of its file's SHA-256, as in <c>mobilefacenet@0123456789ab</c>.</summary>
    public string ModelId { get; }

    /// <summary>The L2-normalised vector.</summary>
    public ReadOnlySpan<float> Values => _values;

    public int Dimension => _values.Length;

    /// <summary>Normalises a raw vector to length 1.</summary>
    /// <exception cref="ArgumentException">The vector is empty, has no direction, or holds a value that is not finite.</exception>
    public static Embedding Normalize(string modelId, ReadOnlySpan<float> raw)
    {
        double sum = 0;
        foreach (var value in raw)
            sum += (double)value * value;
        if (!double.IsFinite(sum) || sum < 1e-20)
            throw new ArgumentException("An embedding without direction: its norm is zero or not finite.", nameof(raw));

        var scale = 1 / Math.Sqrt(sum);
        var values = new float[raw.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(raw[i] * scale);
        return new Embedding(modelId, values);
    }

    /// <summary>Cosine similarity, -1..1.</summary>
    /// <exception cref="ArgumentException">The other embedding is of another model or dimension.</exception>
    public float CosineTo(Embedding other)
    {
        if (!string.Equals(ModelId, other.ModelId, StringComparison.Ordinal) || Dimension != other.Dimension)
        {
            throw new ArgumentException(
                $"Embeddings of different spaces cannot be compared: {ModelId} ({Dimension}) and {other.ModelId} ({other.Dimension}).", nameof(other));
        }

        float sum = 0;
        for (var i = 0; i < _values.Length; i++)
            sum += _values[i] * other._values[i];
        return Math.Clamp(sum, -1, 1);
    }
}
