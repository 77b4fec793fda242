using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Server.Configuration;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>The command line and the configuration, as whoever runs a server meets them.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"lisen":[]}""", "lisen: there is no such setting; did you mean 'listen'?")]
    [InlineData("""{"listen":["localhost"]}""", "listen[0]: 'localhost' is not ip:port")]
    [InlineData("""{"listen":["0.0.0.0:8321"]}""", "listen[0]: keys and faces would cross the network in plain text")]
    [InlineData("""{"listen":["[::]:8321"]}""", "listen[0]: keys and faces would cross the network in plain text")]
    [InlineData("""{"listen":[]}""", "listen: must hold at least 1 entries")]
    [InlineData("""{"tls":{"certificate_file":"a.pem"}}""", "tls.certificate_file: certificate_file and key_file must be given together")]
    [InlineData("""{"tls":{"client_ca_file":"a.pem"}}""", "tls.client_ca_file: needs tls.certificate_file")]
    [InlineData("""{"photos":{"keep":true}}""", "photos.keep: needs store.key_file")]
    [InlineData("""{"store":{"postgres":"Host=db;Database=x;Password=hush"}}""", "store.postgres: must not hold a password")]
    [InlineData("""{"store":{"postgres":"Hots=db"}}""", "store.postgres: is no connection string")]
    [InlineData("""{"store":{"postgres":"Username=me"}}""", "store.postgres: must name Host and Database")]
    [InlineData("""{"store":{"postgres_password_file":"x"}}""", "store.postgres_password_file: needs store.postgres as well")]
    [InlineData("""{"limits":{"requests_per_minute":"many"}}""", "limits.requests_per_minute: must be a whole number")]
    [InlineData("""{"retention":{"default_days":0}}""", "retention.default_days: must be from 1 to 36500")]
    public void Setting_that_cannot_be_used_is_named_with_the_reason(string json, string reason)
    {
        var file = _folder.File("server.json");
        File.WriteAllText(file, json);

        var error = Assert.Throws<InputException>(() => ServerConfiguration.Load(file, null));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_come_at_once_with_exit_code_2()
    {
        var file = _folder.File("server.json");
        File.WriteAllText(file, """{"listen":["x"],"limits":{"requests_per_minute":0},"colour":"red"}""");

        var (code, output, error) = ServerProcess.Run("run", "--config", file);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains("3 settings cannot be used", error, StringComparison.Ordinal);
        Assert.Equal(4, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Example_configuration_can_be_used()
    {
        var options = ServerConfiguration.Load(Path.Combine(Repository.Root, "deploy/server.example.json"), null);

        Assert.Equal("/var/lib/edgeface-server", options.DataFolder);
        Assert.False(options.Photos.Keep);
    }

    [Fact]
    public void Relative_files_are_meant_from_the_configurations_folder()
    {
        var file = _folder.File("server.json");
        File.WriteAllText(file, """{"data_folder":"d","store":{"key_file":"k"},"tls":{"certificate_file":"c","key_file":"p"},"nudge":{"username_file":"u","password_file":"w","ca_file":"a","certificate_file":"n","key_file":"q"}}""");

        var options = ServerConfiguration.Load(file, null);

        Assert.Equal(
            (_folder.File("d"), _folder.File("k"), _folder.File("c"), _folder.File("p")),
            (options.DataFolder, options.Store.KeyFile, options.Tls.CertificateFile, options.Tls.KeyFile));
        var nudge = options.Nudge;
        Assert.Equal(
            new[] { "u", "w", "a", "n", "q" }.Select(_folder.File), [nudge.UsernameFile, nudge.PasswordFile, nudge.CaFile, nudge.CertificateFile, nudge.KeyFile]);
    }

    [Fact]
    public void Keys_are_made_listed_and_revoked()
    {
        var (code, made, _) = ServerProcess.Run("key", "create", "--role", "device", "--device", "board1", "--label", "yard", "--data", Data, "--json");
        Assert.Equal(0, code);
        var key = JsonNode.Parse(made)!;
        Assert.Matches("^efk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$", key.Text("key"));

        var (_, listed, _) = ServerProcess.Run("key", "list", "--data", Data);
        Assert.Equal($"{key.Text("id")}  device  never used  board1  yard\n", listed);
        Assert.DoesNotContain(key.Text("key")[17..], File.ReadAllText(Path.Combine(Data, "server.db"), System.Text.Encoding.Latin1), StringComparison.Ordinal);

        Assert.Equal(0, ServerProcess.Run("key", "revoke", key.Text("id"), "--data", Data).ExitCode);
        Assert.Contains("revoked", ServerProcess.Run("key", "list", "--data", Data).Output, StringComparison.Ordinal);
        Assert.Equal(2, ServerProcess.Run("key", "revoke", key.Text("id"), "--data", Data).ExitCode);
        Assert.Equal(2, ServerProcess.Run("key", "create", "--role", "admin", "--device", "board1", "--data", Data).ExitCode);
        Assert.Equal(2, ServerProcess.Run("key", "create", "--role", "king", "--data", Data).ExitCode);
    }

    [Fact]
    public void Store_is_encrypted_and_its_key_rotated_by_commands()
    {
        var file = _folder.File("server.json");
        File.WriteAllText(file, """{"data_folder":"data","store":{"key_file":"keys"}}""");
        Assert.Equal(2, ServerProcess.Run("migrate", "--config", file).ExitCode);
        Assert.Equal(0, ServerProcess.Run("encryption", "create", "--config", file).ExitCode);
        Assert.Equal(2, ServerProcess.Run("encryption", "create", "--config", file).ExitCode);

        var (code, output, _) = ServerProcess.Run("migrate", "--config", file, "--json");
        Assert.Equal((0, 0), (code, JsonNode.Parse(output)!["revision"]!.GetValue<int>()));
        var before = File.ReadAllText(_folder.File("keys"));
        Assert.Contains("1 older removed", ServerProcess.Run("encryption", "rotate", "--config", file).Output, StringComparison.Ordinal);
        Assert.NotEqual(before, File.ReadAllText(_folder.File("keys")));
        Assert.Equal(0, ServerProcess.Run("migrate", "--config", file).ExitCode);
    }

    [Fact]
    public void Version_and_help_are_printed()
    {
        Assert.StartsWith("edgeface-server 0.", ServerProcess.Run("version").Output, StringComparison.Ordinal);
        Assert.Contains("encryption", ServerProcess.Run("--help").Output, StringComparison.Ordinal);
        Assert.Equal(2, ServerProcess.Run().ExitCode);
        Assert.Equal(2, ServerProcess.Run("serve").ExitCode);
    }
}
