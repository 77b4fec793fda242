using EdgeFace.ModelTools.Folding;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests;

public sealed class ShippedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("detector-rfb320")]
    [InlineData("landmarks-68")]
    [InlineData("embedder-mobilefacenet")]
    public void There_is_nothing_left_to_fold(string name)
    {
        var report = ModelFolder.Fold(Path.Combine(Repository.Root, "models", name, name + ".onnx"), _folder.File("out.onnx"));
        Assert.Equal((0, 0), (report.FlushedWeights, report.RewrittenPRelu));
        Assert.Equal(report.InputSha256, report.OutputSha256);
    }
}
