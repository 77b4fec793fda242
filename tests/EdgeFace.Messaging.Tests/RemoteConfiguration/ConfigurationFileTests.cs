using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Messaging.Tests.RemoteConfiguration;

public sealed class ConfigurationFileTests : IDisposable
{
    private static readonly ConfigurationState Old = ConfigurationState.Initial with { Current = new(1, """{"a":1}""", IsSigned: false), AnsweredVersion = 1 };
    private static readonly ConfigurationState New = ConfigurationState.Initial with
    {
        Current = new(2, """{"a":2}""", IsSigned: true),
        LastGood = Old.Current,
        Fallback = Old.Current,
        Failed = new(3, "{}", IsSigned: false),
        Attempts = 2,
        RestartRequired = ["a", "b.c"],
        AnsweredVersion = 9,
        AppliedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Status = new(400, "no", [new("a.b", "is wrong", 403)]),
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string FilePath => _folder.File("state.json");

    [Fact]
    public void Without_a_file_nothing_was_changed() => Assert.Same(ConfigurationState.Initial, Open().Load());

    [Fact]
    public void What_is_kept_comes_back_whole_and_is_for_its_owner_alone()
    {
        Open().Save(New);
        Same(New, Open().Load());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void A_power_cut_at_any_step_leaves_the_old_or_the_new_state()
    {
        foreach (var step in Enum.GetValues<ConfigurationFile.Step>())
        {
            Open().Save(Old);
            var file = Open();
            file.After = reached =>
            {
                if (reached == step)
                    throw new PowerCutException();
            };
            Assert.Throws<PowerCutException>(() => file.Save(New));
            Same(step < ConfigurationFile.Step.Renamed ? Old : New, Open().Load());
            // And the next change goes through, whatever was left lying about.
            Open().Save(New);
            Same(New, Open().Load());
        }
    }

    // Before the flush anything may have reached the disk: nothing, a piece, all, in any order, with rubbish behind it.
    [Fact]
    public void Whatever_of_the_file_aside_was_on_the_disk_the_old_state_is_taken()
    {
        Open().Save(New);
        var whole = File.ReadAllBytes(FilePath);
        Open().Save(Old);
        var random = new Random(1);
        for (var length = 0; length <= whole.Length; length += 7)
        {
            var torn = whole[..length];
            if (length % 2 == 1)
                random.NextBytes(torn.AsSpan(length / 2));
            File.WriteAllBytes(Open().Aside, torn);
            Same(Old, Open().Load());
        }

        Open().Save(New);
        Same(New, Open().Load());
    }

    [Fact]
    public void The_steps_come_in_the_order_that_makes_them_safe()
    {
        var steps = new List<ConfigurationFile.Step>();
        var file = Open();
        file.After = steps.Add;
        file.Save(New);
        Assert.Equal(Enum.GetValues<ConfigurationFile.Step>(), steps);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"format":2,"state":{}}""")]
    [InlineData("""{"format":1,"state":{"current":{"version":1,"patch":"[]"}}}""")]
    public void A_damaged_file_is_moved_aside_and_said_to_be(string content)
    {
        File.WriteAllText(FilePath, content);
        var state = Open().Load();
        Assert.Equal((0, 500), (state.Current.Version, state.Status.Code));
        Assert.False(File.Exists(FilePath));
        Assert.True(File.Exists(FilePath + ".damaged"));
    }

    [Fact]
    public void Mutated_files_are_read_or_moved_aside()
    {
        Open().Save(New);
        var whole = File.ReadAllBytes(FilePath);
        var seed = Fuzz.Seed();
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 500 * Fuzz.Factor; i++)
        {
            File.WriteAllBytes(FilePath, Fuzz.Mutate(whole, random));
            var state = Open().Load();
            _ = ConfigurationMachine.Start(state, new FakeRules(), default).State.Current.ReadPatch();
        }
    }

    [Fact]
    public void A_disk_that_does_not_take_it_is_an_IOException()
    {
        Directory.CreateDirectory(Open().Aside);
        Assert.ThrowsAny<IOException>(() => Open().Save(New));
    }

    private static void Same(ConfigurationState expected, ConfigurationState actual)
    {
        Assert.Equal(expected.RestartRequired, actual.RestartRequired);
        Assert.Equal(expected.Status.Errors, actual.Status.Errors);
        var empty = Array.Empty<string>();
        Assert.Equal(expected with { RestartRequired = empty, Status = new(1, "") { Errors = [] } }, actual with { RestartRequired = empty, Status = new(1, "") { Errors = [] } });
        Assert.Equal((expected.Status.Code, expected.Status.Description), (actual.Status.Code, actual.Status.Description));
    }

    private ConfigurationFile Open() => new(FilePath, NullLogger.Instance);

    private sealed class PowerCutException : Exception;
}
