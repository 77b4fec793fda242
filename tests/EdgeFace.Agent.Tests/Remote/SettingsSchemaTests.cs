using System.Text.Json;
using EdgeFace.Agent.Configuration;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Remote;

public sealed class SettingsSchemaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ranges_and_marks_stand_beside_the_settings()
    {
        var schema = SettingsSchema.Create();
        var recognition = schema["properties"]!["recognition"]!["properties"]!;
        Assert.Equal(-1, (double)recognition["threshold"]!["minimum"]!);
        Assert.Equal("open", (string)recognition["threshold"]!["x-remote"]!);
        Assert.Null(recognition["threshold"]!["x-restart-required"]);
        Assert.True((bool)recognition["detection_threshold"]!["x-restart-required"]!);
        Assert.Equal("signed", (string)schema["properties"]!["mqtt"]!["properties"]!["tls"]!["properties"]!["ca_file"]!["x-remote"]!);
        Assert.Equal("none", (string)schema["properties"]!["remote"]!["properties"]!["locked"]!["x-remote"]!);
    }

    [Fact]
    public void The_configurations_defaults_and_examples_are_valid()
    {
        var defaults = JsonSerializer.SerializeToNode(new AgentOptions(), SettingsReader.JsonOptions)!.ToJsonString();
        var (code, output) = Ajv(defaults, "{}", """{"cameras":[{"name":"a","source":"/dev/video0","width":640,"height":480}],"logging":{"level":"debug"},"models":{"detector_input":"640x480"}}""");
        Assert.True(code == 0, output);
    }

    [Theory]
    [InlineData("""{"recognition":{"threshold":2}}""", "/recognition/threshold must be <= 1")]
    [InlineData("""{"recognition":{"treshold":0.5}}""", "/recognition must NOT have additional properties")]
    [InlineData("""{"cameras":[{"name":"a"}]}""", "/cameras/0 must have required property 'source'")]
    [InlineData("""{"cameras":[{"name":"a","source":"b","width":7}]}""", "/cameras/0/width must be >= 64")]
    [InlineData("""{"logging":{"level":"loud"}}""", "/logging/level must be equal to one of the allowed values")]
    [InlineData("""{"mqtt":{"servers":[]}}""", "/mqtt/servers must NOT have fewer than 1 items")]
    [InlineData("""{"models":{"detector_input":"400x300"}}""", "/models/detector_input must match pattern")]
    [InlineData("""{"tracking":{"max_faces":1.5}}""", "/tracking/max_faces must be integer")]
    public void What_the_agent_refuses_the_schema_refuses(string document, string complaint)
    {
        var errors = new List<SettingsError>();
        AgentConfiguration.Read(System.Text.Encoding.UTF8.GetBytes(document), null, AgentConfiguration.Overrides.None, errors);
        Assert.NotEmpty(errors);
        var (code, output) = Ajv(document);
        Assert.Equal(1, code);
        Assert.Contains(complaint, output, StringComparison.Ordinal);
    }

    private (int Code, string Output) Ajv(params string[] documents)
    {
        File.WriteAllText(_folder.File("schema.json"), SettingsSchema.Create().ToJsonString());
        return SchemaValidator.Run(_folder.File("schema.json"), documents);
    }
}
