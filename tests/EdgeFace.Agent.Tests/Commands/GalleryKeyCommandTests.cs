using System.Text.Json;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Security;
using EdgeFace.Gallery;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Tests.Commands;

/// <summary>The gallery's key, as a user makes, looks at and changes it.</summary>
public sealed class GalleryKeyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data");

    private string Key => Path.Combine(Data, "gallery.key");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_key_is_made_without_being_asked_for_and_can_be_rotated()
    {
        Assert.Equal(0, EdgefaceProcess.Run("gallery", "list", "--data", Data).ExitCode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));
        Fill(KeyRing.Open(Key));
        var before = Status();
        Assert.Equal((true, false, 1, 1), (before.GetProperty("beside_gallery").GetBoolean(), before.GetProperty("rotation_pending").GetBoolean(), Count(before, "people"), Count(before, "templates")));

        using var rotated = JsonDocument.Parse(EdgefaceProcess.Run("gallery", "key", "rotate", "--json", "--data", Data).Output);
        Assert.Equal(before.GetProperty("key_id").GetString(), rotated.RootElement.GetProperty("from").GetString());
        Assert.Equal(2, rotated.RootElement.GetProperty("rows").GetInt32());
        var after = Status();
        Assert.Equal(rotated.RootElement.GetProperty("to").GetString(), after.GetProperty("key_id").GetString());
        Assert.Equal(1, after.GetProperty("keys").GetArrayLength());
        Assert.Contains("Ann", EdgefaceProcess.Run("gallery", "list", "--data", Data).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_elsewhere_is_made_by_command_only_and_a_bad_one_is_one_line_and_exit_code_2()
    {
        var (file, key) = (_folder.File("edgeface.json"), _folder.File("keys/gallery.key"));
        Directory.CreateDirectory(_folder.File("keys"));
        File.WriteAllText(file, """{ "data_folder": "data", "gallery": { "key_file": "keys/gallery.key" } }""");
        AssertRefused($"edgeface: {key}: the key file is not there", "gallery", "list", "--config", file);
        Assert.False(File.Exists(Path.Combine(Data, "gallery.db")));
        Assert.Equal(0, EdgefaceProcess.Run("gallery", "key", "create", "--config", file).ExitCode);
        AssertRefused("there is a key file already", "gallery", "key", "create", "--config", file);
        Fill(KeyRing.Open(key));
        Assert.Contains("Ann", EdgefaceProcess.Run("gallery", "list", "--config", file).Output, StringComparison.Ordinal);

        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        AssertRefused("is open to other users (mode 440): run chmod 600 on it", "gallery", "list", "--config", file);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(key, "nonsense");
        AssertRefused("is not a usable key file", "gallery", "list", "--config", file);
        Assert.False(File.Exists(Key));
    }

    [Fact]
    public void An_encrypted_gallery_whose_key_is_gone_gets_no_new_one()
    {
        Directory.CreateDirectory(Data);
        Fill(KeyRing.Create(Key, TimeProvider.System));
        File.Move(Key, _folder.File("kept"));
        AssertRefused($"edgeface: {Key}: the gallery is encrypted and its key file is not there: put it back", "gallery", "list", "--data", Data);
        Assert.False(File.Exists(Key));
        File.Move(_folder.File("kept"), Key);
        Assert.Contains("Ann", EdgefaceProcess.Run("gallery", "list", "--data", Data).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_gallery_has_no_snapshot_and_says_so()
    {
        Directory.CreateDirectory(Data);
        Fill(KeyRing.Create(Key, TimeProvider.System));
        var info = EdgefaceProcess.Run("gallery", "snapshot", "info", "--data", Data);
        Assert.Equal(0, info.ExitCode);
        Assert.Contains("There is no snapshot", info.Output, StringComparison.Ordinal);
        AssertRefused("there is no snapshot: write one with 'edgeface gallery snapshot write'", "gallery", "snapshot", "verify", "--data", Data);
        File.WriteAllBytes(Path.Combine(Data, "gallery.db.snapshot"), new byte[5000]);
        AssertRefused("the snapshot cannot be used: it is not a snapshot, or it was cut", "gallery", "snapshot", "verify", "--data", Data);
    }

    [Fact]
    public void Systemds_credential_is_taken_where_there_is_one()
    {
        var credentials = _folder.File("credentials");
        Directory.CreateDirectory(credentials);
        Directory.CreateDirectory(Data);
        var ring = KeyRing.Create(Path.Combine(credentials, "gallery-key"), TimeProvider.System);
        // As an access list for the service's user shows.
        File.SetUnixFileMode(ring.Path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var environment = new Dictionary<string, string> { ["CREDENTIALS_DIRECTORY"] = credentials };
        var result = EdgefaceProcess.RunWith(environment, "gallery", "key", "status", "--json", "--data", Data);
        Assert.Equal(0, result.ExitCode);
        using var status = JsonDocument.Parse(result.Output);
        Assert.Equal((ring.Path, false), (status.RootElement.GetProperty("key_file").GetString(), status.RootElement.GetProperty("beside_gallery").GetBoolean()));
        Assert.False(File.Exists(Key));
        File.SetUnixFileMode(ring.Path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal(2, EdgefaceProcess.RunWith(environment, "gallery", "list", "--data", Data).ExitCode);
    }

    private static int Count(JsonElement status, string what) => status.GetProperty("keys")[0].GetProperty(what).GetInt32();

    private static void AssertRefused(string line, params string[] arguments)
    {
        var result = EdgefaceProcess.Run(arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(line, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    private JsonElement Status() => JsonDocument.Parse(EdgefaceProcess.Run("gallery", "key", "status", "--json", "--data", Data).Output).RootElement.Clone();

    private void Fill(KeyRing keys)
    {
        using var store = GalleryStore.Open(Path.Combine(Data, "gallery.db"), TimeProvider.System, NullLogger<GalleryStore>.Instance, keys);
        store.Enroll("Ann", [new NewTemplate(Embedding.Normalize("model@0123456789ab", new float[] { 1, 2, 3, 4 }), 0.5f, null, "ann.jpg")]);
    }
}
