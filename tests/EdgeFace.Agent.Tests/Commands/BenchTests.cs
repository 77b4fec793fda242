using System.Text.Json;

namespace EdgeFace.Agent.Tests.Commands;

/// <summary>The gallery's benchmarks on a small scale: their figures are of this machine, but not every figure can be.</summary>
public sealed class BenchTests
{
    [Fact]
    public void Bench_search_climbs_the_ladder_and_finds_whom_float64_finds()
    {
        var result = EdgefaceProcess.Run("bench", "search", "--count", "6000", "--dim", "128", "--probes", "60", "--rounds", "1", "--threads", "2", "--json");
        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        var root = json.RootElement;
        Assert.Equal((6000, 128), (root.GetProperty("count").GetInt32(), root.GetProperty("dimension").GetInt32()));
        Assert.InRange(root.GetProperty("read_gigabytes_per_second").GetDouble(), 0.1, 10_000);
        var steps = root.GetProperty("steps").EnumerateArray().ToDictionary(step => step.GetProperty("step").GetInt32());
        Assert.Subset(steps.Keys.ToHashSet(), new HashSet<int> { 1, 2, 3, 4, 5, 9, 10, 11, 12 });
        Assert.All(steps.Values, step =>
        {
            Assert.InRange(step.GetProperty("ms").GetDouble(), 1e-6, 60_000);
            Assert.InRange(step.GetProperty("best_ms").GetDouble(), 0, step.GetProperty("ms").GetDouble());
            Assert.InRange(step.GetProperty("recall").GetDouble(), step.GetProperty("step").GetInt32() is 10 or 11 or 12 ? 0.9 : 0.99, 1);
        });
        Assert.Equal(1, steps[1].GetProperty("ratio").GetDouble());
        Assert.Equal(128 + 4, steps[9].GetProperty("bytes_per_template").GetDouble());
    }

    [Fact]
    public void Bench_gallery_states_memory_and_queries_during_churn()
    {
        var result = EdgefaceProcess.Run("bench", "gallery", "--count", "20000", "--dim", "128", "--seconds", "1", "--churn", "2000", "--json");
        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        var forms = json.RootElement.GetProperty("forms").EnumerateArray().ToArray();
        Assert.Equal(["in memory", "encrypted, opened on use"], forms.Select(form => form.GetProperty("name").GetString()));
        // 128 bytes and a tag a row are in the file whatever else is.
        Assert.InRange(json.RootElement.GetProperty("snapshot_bytes").GetInt64(), 20_000 * (128 + 16 + 16 + 16 + 8), 20_000 * 260);
        Assert.All(forms, form => Assert.InRange(form.GetProperty("p50_ms").GetDouble(), 1e-6, form.GetProperty("p99_ms").GetDouble()));
        Assert.InRange(json.RootElement.GetProperty("achieved_per_second").GetDouble(), 1, 4000);
        Assert.Equal(2, json.RootElement.GetProperty("budgets").GetArrayLength());
    }

    [Theory]
    [InlineData("search", "--dim", "100")]
    [InlineData("search", "--count", "1")]
    [InlineData("gallery", "--dim", "64")]
    [InlineData("gallery", "--churn", "no")]
    public void What_cannot_be_measured_is_refused(params string[] arguments)
    {
        var result = EdgefaceProcess.Run(["bench", .. arguments]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(arguments[1], result.Error, StringComparison.Ordinal);
    }
}
