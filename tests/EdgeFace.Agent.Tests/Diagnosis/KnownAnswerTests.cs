using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Diagnosis;
using EdgeFace.Agent.Hosting;
using EdgeFace.Inference;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Tests.Diagnosis;

public sealed class KnownAnswerTests
{
    [Fact]
    public void The_shipped_models_give_the_known_answer_and_others_are_told_apart()
    {
        using (var models = AgentRuntime.LoadModels(new AgentOptions(), NullLoggerFactory.Instance))
        {
            var result = KnownAnswer.Check(models);
            Assert.Equal(CheckStatus.Ok, result.Status);
            Assert.Contains("overlaps the known box", result.Detail, StringComparison.Ordinal);
            // A detector that is blind finds no face: that is not passed over.
            models.Detector.ScoreThreshold = 1;
            Assert.Equal(CheckStatus.Failed, KnownAnswer.Check(models).Status);
        }

        var int8 = new AgentOptions { Models = new ModelOptions { Embedder = "embedder-int8" } };
        using (var models = AgentRuntime.LoadModels(int8, NullLoggerFactory.Instance))
            Assert.Contains("not known for these models", KnownAnswer.Check(models).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("detector-rfb320", null, "overlaps the known box")]
    [InlineData("detector-slim-int8", "640x480", "not known for these models and this input")]
    public void Another_detector_and_another_input_are_told_apart(string detector, string? input, string expected)
    {
        var options = new AgentOptions { Models = new ModelOptions { Detector = detector, DetectorInput = input } };
        using var models = AgentRuntime.LoadModels(options, NullLoggerFactory.Instance);
        var result = KnownAnswer.Check(models);
        Assert.Equal(CheckStatus.Ok, result.Status);
        Assert.Contains(expected, result.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "detector-rfb320", "drawn.json")]
    [InlineData(1, "detector-slim-int8", "drawn-slim.json")]
    public void The_answers_are_those_that_other_programs_computed(int index, string detector, string file)
    {
        var folder = Path.Combine(Repository.Root, "src/EdgeFace.Agent/Diagnosis");
        var kept = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "known-answer.json")))![index]!;
        var golden = JsonNode.Parse(File.ReadAllText(Repository.Golden($"inference/{file}")))!["faces"]![0]!;
        Assert.StartsWith(detector + "@", (string)kept["models"]![0]!, StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(golden["embedding"], kept["embedding"]));
        Assert.Equal((double)golden["x"]!, (double)kept["box"]![0]!);
        Assert.Equal(File.ReadAllBytes(Repository.Golden("inference/drawn.png")), File.ReadAllBytes(Path.Combine(folder, "known-answer.png")));
    }
}
