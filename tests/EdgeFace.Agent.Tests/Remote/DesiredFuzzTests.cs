using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Remote;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>Mutated desired documents: nothing throws, and whatever is taken makes a configuration that the schema takes too.</summary>
public sealed class DesiredFuzzTests(ITestOutputHelper output) : IDisposable
{
    private const int MostKept = 20_000;
    private const long LargeVersion = 1_000_000_000;

    private readonly RulesHost _host = new(RulesHost.File.Replace(""", "snapshots"]""", "]", StringComparison.Ordinal));
    private readonly ManualTimeProvider _time = new();
    private readonly HashSet<string> _taken = [];
    private readonly SortedDictionary<int, int> _codes = [];
    private RemoteControl? _remote;
    private RemoteControl.Run _run = null!;
    private bool _restart;

    public void Dispose()
    {
        _remote?.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void No_mutated_document_does_what_the_schema_refuses()
    {
        var seed = Fuzz.Seed();
        var count = Fuzz.Count(always: 3_000, full: 500_000);
        output.WriteLine($"{count} mutated documents, EDGEFACE_FUZZ_SEED={seed}");
        Console.WriteLine($"{count} mutated documents, EDGEFACE_FUZZ_SEED={seed}");
        var random = new Random(seed);
        var documents = new RandomDocuments(random);
        var memory = new MemoryWatch(count);
        Boot();
        for (var i = 0; memory.Next(i); i++)
        {
            var before = _remote!.State;
            var good = documents.Next(Math.Max(before.Current.Version, before.Failed?.Version ?? 0));
            var document = random.Next(2) == 0 ? Fuzz.Mutate(Encoding.UTF8.GetBytes(good), random) : Encoding.UTF8.GetBytes(MutateTree(good, random));
            _remote.Receive(document, _run);
            Note(before, _remote.State);
            Settle(random);
        }

        output.WriteLine(string.Join(", ", _codes.Select(pair => $"{pair.Key}: {pair.Value}")) + $"; {_taken.Count} different configurations");
        Assert.Superset(new HashSet<int> { 200, 400, 409 }, _codes.Keys.ToHashSet());
        File.WriteAllText(_host.Path("schema.json"), SettingsSchema.Create().ToJsonString());
        var (code, complaints) = SchemaValidator.Run(_host.Path("schema.json"), _taken);
        Assert.True(code == 0, $"seed {seed}: {complaints}");
    }

    private void Note(ConfigurationState before, ConfigurationState after)
    {
        _codes[after.Status.Code] = _codes.GetValueOrDefault(after.Status.Code) + 1;
        if (after.Status.Code is 400 or 403 or 409 or 412)
            Assert.Equal(before.Current, after.Current);
        if (after.Current != before.Current && _taken.Count < MostKept)
            _taken.Add(MergePatch.Apply(FileDocument(), after.Current.ReadPatch())!.ToJsonString());
    }

    private void Settle(Random random)
    {
        while (_restart)
        {
            _restart = false;
            _remote!.Detach();
            Run();
            _remote.Connected(_run);
        }

        if (random.Next(20) == 0)
            _time.Advance(TimeSpan.FromSeconds(_host.Rules.Own.Remote.ProveSeconds));
        // Mutation makes versions that no later document comes up to.
        if (_remote!.State.Current.Version > LargeVersion)
            Boot();
    }

    private void Boot()
    {
        _remote?.Dispose();
        File.Delete(_host.Path("state.json"));
        _restart = false;
        _remote = new RemoteControl(_host.Rules, new ConfigurationFile(_host.Path("state.json"), NullLogger.Instance), _time, NullLogger.Instance);
        Run();
    }

    private void Run()
    {
        _remote!.Start();
        _run = new RemoteControl.Run(_ => { }, _ => { }, () => _restart = true);
        _remote.Attach(_run);
    }

    private static JsonObject FileDocument() => JsonNode.Parse(
        RulesHost.File, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip })!.AsObject();

    /// <summary>Another type, a far number, one more level, a setting less: good JSON that means something else.</summary>
    private static string MutateTree(string document, Random random)
    {
        JsonNode root;
        try
        {
            root = JsonNode.Parse(document)!;
        }
        catch (JsonException)
        {
            return document;
        }

        var leaves = new List<(JsonObject Parent, string Name)>();
        Collect(root, leaves);
        for (var times = random.Next(3); times >= 0 && leaves.Count > 0; times--)
        {
            var (parent, name) = leaves[random.Next(leaves.Count)];
            parent[name] = random.Next(12) switch
            {
                0 => null,
                1 => random.NextInt64(),
                2 => -random.NextDouble(),
                3 => 1e300,
                4 => "",
                5 => new string('x', random.Next(300)),
                6 => new JsonArray(),
                7 => new JsonObject { [name] = 1 },
                8 => random.Next(2) == 0,
                9 => "\u0000\u0007\u202E",
                10 => random.Next(-3, 100),
                _ => new JsonArray(1, "a", null, new JsonObject()),
            };
        }

        return root.ToJsonString();
    }

    private static void Collect(JsonNode? node, List<(JsonObject Parent, string Name)> leaves)
    {
        if (node is not JsonObject parent)
            return;
        foreach (var (name, value) in parent)
        {
            leaves.Add((parent, name));
            Collect(value, leaves);
        }
    }
}
