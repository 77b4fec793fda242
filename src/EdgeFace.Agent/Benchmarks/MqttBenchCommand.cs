using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Commands;
using EdgeFace.Agent.Configuration;
using Spectre.Console;

namespace EdgeFace.Agent.Benchmarks;

/// <summary><c>edgeface bench mqtt</c>.</summary>
internal static class MqttBenchCommand
{
    private const int TlsPort = 8883;

    public static Command Create(CommandContext context)
    {
        var rounds = Number("--rounds", "Rounds; the best counts for the budgets.", 3, 1, 100);
        var events = Number("--events", "Events of a burst.", 30_000, 100, 1_000_000);
        var latency = Number("--latency-events", "Events at 100 a second for the time they take, in each round, and as many of the yardstick.", 1000, 10, 100_000);
        var outage = Number("--outage-events", "Events that wait when the connection comes, as after seven days at 10,000 a day; 0 leaves this out.", 70_000, 0, 900_000);
        var server = new Option<string?>("--server") { Description = "A broker with TLS, instead of a mosquitto of the benchmark's own on the loopback.", HelpName = "HOST[:PORT]" };
        var ca = new Option<string?>("--ca-file") { Description = "Authority of that broker (default: the system's).", HelpName = "FILE" };
        var budget = new Option<bool>("--budget") { Description = "Exit with 1 when a budget is not kept." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of a table." };
        var command = new Command("mqtt", "Events through the outbox and TLS to a subscriber: rate, allocations, time from decision to arrival; beside mosquitto_pub.") { rounds, events, latency, outage, server, ca, budget, json };
        server.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !BrokerAddress.TryParse(token.Value, out _))
                result.AddError($"--server must be HOST or HOST:PORT, is {token.Value}.");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var plan = new MqttBench.Plan(
                parsed.GetValue(rounds), parsed.GetValue(events), 2 * parsed.GetValue(latency), parsed.GetValue(outage), Address(parsed.GetValue(server)), parsed.GetValue(ca));
            using var loggers = context.MakeLoggers(LogLevel.Warning);
            var result = new MqttBench(plan, context.Time, loggers).Run(cancellation);
            if (parsed.GetValue(json))
                context.WriteJson(result);
            else
                Print(context, result);
            return Task.FromResult(parsed.GetValue(budget) && result.Budgets.Any(entry => !entry.Kept) ? ExitCode.Failed : ExitCode.Ok);
        });
        return command;
    }

    private static (string Host, int Port)? Address(string? server)
        => server is not null && BrokerAddress.TryParse(server, out var address) ? (address.Host, address.Port ?? TlsPort) : null;

    private static Option<int> Number(string name, string description, int byDefault, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} Default {byDefault}.", DefaultValueFactory = _ => byDefault, HelpName = "N" };
        CommonOptions.Limit(option, least, most);
        return option;
    }

    private static void Print(CommandContext context, MqttBenchResult result)
    {
        context.Console.MarkupLineInterpolated($"{result.Machine}, {result.Cores} cores allowed; payloads of {result.PayloadBytes} bytes, QoS 1, TLS");
        if (result.Outage is { } outage)
            context.Console.MarkupLineInterpolated($"after an outage: {outage.Events} events caught up with at {outage.EventsPerSecond:0}/s, then the outbox's files had {outage.FileBytes} bytes");
        var table = new Table().AddColumns("Round", "events/s", "mosquitto_pub/s", "ratio", "bytes/event", "p50 ms", "p99 ms", "max ms", "mosquitto_pub p50 ms", "p99 ms");
        for (var i = 0; i < result.Bursts.Count; i++)
        {
            var (burst, latency) = (result.Bursts[i], result.Latencies[i]);
            table.AddRow(
                Format(i + 1, "0"), Format(burst.EventsPerSecond, "0"), Format(burst.YardstickPerSecond, "0"), Format(burst.Ratio, "0.00"), Format(burst.BytesPerEvent, "0"),
                Format(latency.P50Ms, "0.0"), Format(latency.P99Ms, "0.0"), Format(latency.MaxMs, "0.0"), Format(latency.YardstickP50Ms, "0.0"), Format(latency.YardstickP99Ms, "0.0"));
        }

        context.Console.Write(table);
        var budgets = new Table().AddColumns("Budget", "Limit", "Measured", "");
        foreach (var budget in result.Budgets)
            budgets.AddRow(budget.Name, budget.Limit, Format(budget.Measured, "0.##"), budget.Kept ? "[green]kept[/]" : "[red]BROKEN[/]");
        context.Console.Write(budgets);
    }

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
