using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFace.Core;

namespace EdgeFace.TestKit.Soak;

/// <summary>What can be done to the way from the outbox to a subscriber.</summary>
[JsonConverter(typeof(FaultKindConverter))]
public enum FaultKind
{
    /// <summary>The broker is told to end, and started again.</summary>
    BrokerTerm,

    /// <summary>The broker is killed with what it had not saved, and started again.</summary>
    BrokerKill,

    /// <summary>The connection is reset.</summary>
    Cut,

    /// <summary>Bytes vanish while sockets stay open.</summary>
    HalfOpen,

    /// <summary>Connections are refused.</summary>
    LinkDown,

    /// <summary>Each piece takes <see cref="FaultSpec.DelayMs"/>.</summary>
    Latency,

    /// <summary>Nothing passes for a while, nothing is lost.</summary>
    Stall,

    /// <summary>The publisher is killed, and started again.</summary>
    PublisherKill,

    /// <summary>The disk of the outbox has no room.</summary>
    DiskFull,

    /// <summary>The subscriber is away, and what comes waits with the broker: a broker that is killed now loses what it had acknowledged.</summary>
    SubscriberAway,
}

/// <summary>A soak scenario: a load and the faults it must live through. The file's form is described in tests/scenarios/README.md.</summary>
public sealed record SoakScenario
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public required string Name { get; init; }

    /// <summary>Events are published, and faults begin, within this time.</summary>
    public required double Seconds { get; init; }

    public required SoakLoad Load { get; init; }

    public RandomFaults? Random { get; init; }

    /// <summary>Faults at fixed times, besides the random ones.</summary>
    public IReadOnlyList<FaultStep> Steps { get; init; } = [];

    /// <summary>How long everything may take to arrive after the last fault. Default 180.</summary>
    public double PatienceSeconds { get; init; } = 180;

    /// <exception cref="InputException">The file cannot be used; says why.</exception>
    public static SoakScenario Read(string path)
    {
        try
        {
            var scenario = JsonSerializer.Deserialize<SoakScenario>(File.ReadAllBytes(path), Json) ?? throw new InputException($"{path}: holds nothing");
            return scenario.Problem() is { } problem ? throw new InputException($"{path}: {problem}") : scenario;
        }
        catch (JsonException exception)
        {
            throw new InputException($"{path}: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            throw new InputException($"{path}: {exception.Message}", exception);
        }
    }

    private string? Problem()
    {
        if (Seconds is not (> 0 and <= 86400))
            return "seconds must be more than 0 and at most a day";
        if (Load.Events is < 1 or > 10_000_000 || Load.Cameras is < 1 or > 256 || Load.PayloadBytes is < 0 or > 1 << 20)
            return "load: events from 1 to 10000000, cameras from 1 to 256, payload_bytes from 0 to 1048576";
        if (Random is { } random && (random.Count < random.Kinds.Count || random.Kinds.Count == 0))
            return "random: count must be at least the number of kinds, and there must be one";
        return Random?.Kinds.Any(kind => kind.Weight <= 0 || kind.Seconds < 0) == true || Steps.Any(step => step.Seconds < 0 || step.At < 0)
            ? "a fault's weight must be more than 0, its times not negative"
            : null;
    }
}

/// <summary>Events in all, spread evenly over cameras and time.</summary>
public sealed record SoakLoad(int Events, int Cameras = 1, int PayloadBytes = 500);

/// <summary>So many faults: each kind once, the others drawn by their weights, at random times.</summary>
public sealed record RandomFaults(int Count, IReadOnlyList<FaultSpec> Kinds);

/// <param name="Seconds">How long it lasts.</param>
/// <param name="DelayMs">Of <see cref="FaultKind.Latency"/>.</param>
/// <param name="ThenCut">Connections are reset at its end, as a router does that comes back without its memory.</param>
public sealed record FaultSpec(FaultKind Kind, double Seconds = 0, double Weight = 1, int DelayMs = 600, bool ThenCut = false);

/// <summary>A fault and when it begins, seconds from the start.</summary>
public sealed record FaultStep(double At, FaultKind Kind, double Seconds = 0, int DelayMs = 600, bool ThenCut = false);

internal sealed class FaultKindConverter() : JsonStringEnumConverter<FaultKind>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);
