using System.Text.Json;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Agent.Tests.Commands;

/// <summary>That the benchmark measures and that its exit code is its budgets'; the figures themselves are not a test's to judge.</summary>
public sealed class MqttBenchTests
{
    [Fact]
    public void All_events_arrive_in_order_and_the_exit_code_is_that_of_the_budgets()
    {
        var result = EdgefaceProcess.Run("bench", "mqtt", "--rounds", "1", "--events", "2000", "--latency-events", "20", "--outage-events", "3000", "--json", "--budget");
        using var json = JsonDocument.Parse(result.Output);
        var budgets = json.RootElement.GetProperty("budgets").EnumerateArray().ToList();
        Assert.Equal(6, budgets.Count);
        Assert.Equal(budgets.All(budget => budget.GetProperty("kept").GetBoolean()) ? 0 : 1, result.ExitCode);
        Assert.Equal(0, budgets.Single(budget => budget.GetProperty("name").GetString()!.Contains("out of order", StringComparison.Ordinal)).GetProperty("measured").GetDouble());
        var burst = json.RootElement.GetProperty("bursts")[0];
        Assert.True(burst.GetProperty("events_per_second").GetDouble() > 100);
        Assert.True(burst.GetProperty("yardstick_per_second").GetDouble() > 100);
        Assert.InRange(json.RootElement.GetProperty("outage").GetProperty("file_bytes").GetInt64(), 1, 1 << 20);
        Assert.InRange(json.RootElement.GetProperty("latencies")[0].GetProperty("p99_ms").GetDouble(), 0.01, 30_000);
    }

    [Fact]
    public void A_broker_that_is_not_there_is_named()
    {
        var port = MosquittoBroker.FreePort();
        var result = EdgefaceProcess.Run("bench", "mqtt", "--server", $"127.0.0.1:{port}");
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains($"127.0.0.1:{port}", result.Error, StringComparison.Ordinal);
    }
}
