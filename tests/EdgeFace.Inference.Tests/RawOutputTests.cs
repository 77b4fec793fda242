namespace EdgeFace.Inference.Tests;

/// <summary>The models' tensors against OpenCV's own DNN engine on the same input, see tests/golden/inference/generate.py.</summary>
public sealed class RawOutputTests
{
    [Fact]
    public void Detector_computes_what_OpenCV_computes()
    {
        var golden = TestModels.Golden("detector-raw.json");
        using var session = Run(TestModels.Detector, seed: 1, mean: 127, scale: 1f / 128);
        var stride = golden.GetProperty("stride").GetInt32();
        AssertClose(golden.Floats("scores"), Every(stride, session.Output(0), 2));
        AssertClose(golden.Floats("boxes"), Every(stride, session.Output(1), 4));
    }

    [Fact]
    public void Landmarks_computes_what_OpenCV_computes()
    {
        using var session = Run(TestModels.Landmarks, seed: 2, mean: 0, scale: 1f / 256);
        AssertClose(TestModels.Golden("landmarks-raw.json").Floats("values"), session.Output(0));
    }

    [Fact]
    public void Embedder_computes_what_OpenCV_computes()
    {
        using var session = Run(TestModels.Embedder, seed: 3, mean: 127, scale: 1f / 128);
        AssertClose(TestModels.Golden("embedder-raw.json").Floats("values"), session.Output(0));
    }

    [Fact]
    public void Two_sessions_give_the_same_bits()
    {
        using var first = Run(TestModels.Embedder, seed: 5, mean: 127, scale: 1f / 128);
        using var second = Run(TestModels.Embedder, seed: 5, mean: 127, scale: 1f / 128);
        var once = first.Output(0).ToArray();
        Assert.Equal(once, second.Output(0).ToArray());
        first.Run();
        Assert.Equal(once, first.Output(0).ToArray());
    }

    private static BoundSession Run(string model, uint seed, float mean, float scale)
    {
        var session = BoundSession.Open(TestModels.Load(model), TestModels.Options);
        var noise = TestModels.Noise(session.Input.Length, seed);
        for (var i = 0; i < noise.Length; i++)
            session.Input[i] = (noise[i] - mean) * scale;
        session.Run();
        return session;
    }

    private static float[] Every(int stride, ReadOnlySpan<float> rows, int width)
    {
        var picked = new List<float>();
        for (var row = 0; row < rows.Length / width; row += stride)
            picked.AddRange(rows.Slice(row * width, width));
        return [.. picked];
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var magnitude = 0f;
        foreach (var value in expected)
            magnitude = MathF.Max(magnitude, MathF.Abs(value));
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(MathF.Abs(actual[i] - expected[i]) / magnitude, 0, 1e-4f);
    }
}
