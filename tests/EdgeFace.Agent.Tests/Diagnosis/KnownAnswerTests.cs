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

    [Fact]
    public void The_answer_is_the_one_that_another_program_computed()
    {
        var folder = Path.Combine(Repository.Root, "src/EdgeFace.Agent/Diagnosis");
        var kept = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "known-answer.json")))!;
        var golden = JsonNode.Parse(File.ReadAllText(Repository.Golden("inference/drawn.json")))!["faces"]![0]!;
        Assert.True(JsonNode.DeepEquals(golden["embedding"], kept["embedding"]));
        Assert.Equal((double)golden["x"]!, (double)kept["box"]![0]!);
        Assert.Equal(File.ReadAllBytes(Repository.Golden("inference/drawn.png")), File.ReadAllBytes(Path.Combine(folder, "known-answer.png")));
    }
}
