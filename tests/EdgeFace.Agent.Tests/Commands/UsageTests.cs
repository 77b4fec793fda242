using System.Text.Json;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Commands;

public sealed class UsageTests
{
    [Fact]
    public void Version_is_semantic_with_the_commit()
    {
        var plain = EdgefaceProcess.Run("version");
        Assert.Equal(0, plain.ExitCode);
        Assert.Matches(@"^edgeface \d+\.\d+\.\d+(\+[0-9a-f]{7,40})?\n$", plain.Output);
        using var json = JsonDocument.Parse(EdgefaceProcess.Run("version", "--json").Output);
        Assert.Equal(["version", "commit"], json.RootElement.EnumerateObject().Select(member => member.Name));
    }

    [Theory]
    [InlineData("run", "--print-events")]
    [InlineData("enroll", "--largest")]
    [InlineData("gallery", "export")]
    [InlineData("gallery list", "--json")]
    [InlineData("gallery remove", "PERSON")]
    [InlineData("gallery export", "--include-vectors")]
    [InlineData("identify", "PICTURE")]
    [InlineData("detect", "--draw")]
    [InlineData("doctor", "--json")]
    [InlineData("config", "check")]
    [InlineData("bench pipeline", "--passes")]
    [InlineData("bench mqtt", "--latency-events")]
    [InlineData("replay", "RECORDING")]
    [InlineData("support-bundle", "--output")]
    [InlineData("version", "--json")]
    public void Every_command_has_help(string command, string mentions)
    {
        var result = EdgefaceProcess.Run([.. command.Split(' '), "--help"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(mentions, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Usage:")]
    [InlineData("recognise", "'recognise'")]
    [InlineData("identify a.jpg --fast", "'--fast'")]
    [InlineData("run --duration soon", "'soon' for option '--duration'")]
    [InlineData("run --duration 0", "--duration must be from 0.001")]
    [InlineData("run --duration NaN", "--duration must be from 0.001")]
    [InlineData("bench pipeline --source x --passes 0", "--passes must be from 1 to 1000, is 0.")]
    [InlineData("bench pipeline --source x --visits many", "'many' for option '--visits'")]
    [InlineData("bench mqtt --server a:b:c:d", "--server must be HOST or HOST:PORT")]
    [InlineData("enroll", "'enroll'")]
    [InlineData("run --no-mqtt --source gopher://x --data /tmp/edgeface-never-made", "--source: 'gopher' is not a kind of source")]
    [InlineData("run --config /nowhere/edgeface.json", "/nowhere/edgeface.json: there is no such configuration file")]
    public void Bad_usage_is_named_and_ends_with_2(string arguments, string named)
    {
        var result = EdgefaceProcess.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Config_check_lists_all_errors_and_show_hides_secrets()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("edgeface.json");
        File.WriteAllText(file, """{ "device": "a/b", "recognition": { "min_quality": 7 }, "modells": {} }""");
        var bad = EdgefaceProcess.Run("config", "check", "--config", file);
        Assert.Equal((2, ""), (bad.ExitCode, bad.Output));
        Assert.Equal(
            [
                $"edgeface: {file}: 3 settings cannot be used:",
                "  recognition.min_quality: must be from 0 to 1, is 7",
                "  modells: there is no such setting; did you mean 'models'?",
                "  device: 'a/b' contains '/', which means something in a topic",
            ],
            bad.ErrorLines);

        File.WriteAllText(file, """{ "cameras": [ { "name": "door", "source": "rtsp://user:hush@cam/1" } ] }""");
        Assert.Equal(0, EdgefaceProcess.Run("config", "check", "--config", file).ExitCode);
        var shown = EdgefaceProcess.Run("config", "show", "--config", file);
        Assert.Contains("rtsp://***@cam/1", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_says_what_is_wrong_with_models_and_broker_and_ends_with_1()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("edgeface.json");
        File.WriteAllText(file, """{ "data_folder": "data", "mqtt": { "servers": ["127.0.0.1:1"] } }""");
        var away = EdgefaceProcess.Run("doctor", "--json", "--config", file, "--models", folder.File("none"));
        Assert.Equal(1, away.ExitCode);
        Assert.Equal("failed", Status(away, "broker"));
        Assert.Equal("failed", Status(away, "models"));
        Assert.Equal("ok", Status(away, "onnxruntime"));

        CopyFolder(Path.Combine(Path.GetDirectoryName(EdgefaceProcess.Program)!, "models"), folder.File("models"));
        File.WriteAllText(file, """{ "data_folder": "data", "mqtt": { "enabled": false } }""");
        var well = EdgefaceProcess.Run("doctor", "--json", "--config", file, "--models", folder.File("models"));
        Assert.Equal((0, "ok"), (well.ExitCode, Status(well, "model detector")));

        var model = Directory.EnumerateFiles(folder.File("models/embedder-mobilefacenet"), "*.onnx").Single();
        using (var bytes = new FileStream(model, FileMode.Open))
        {
            bytes.Position = bytes.Length / 2;
            bytes.WriteByte(0x55);
            bytes.WriteByte(0xAA);
        }

        var wrong = EdgefaceProcess.Run("doctor", "--json", "--config", file, "--models", folder.File("models"));
        Assert.Equal((1, "failed"), (wrong.ExitCode, Status(wrong, "models")));
    }

    private static string? Status(EdgefaceProcess.Result result, string check)
    {
        using var json = JsonDocument.Parse(result.Output);
        return json.RootElement.GetProperty("checks").EnumerateArray().Single(item => item.GetProperty("name").GetString() == check).GetProperty("status").GetString();
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
