using EdgeFace.Core;
using EdgeFace.Core.Security;
using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests;

public sealed class KeyRotationTests
{
    private const string PathSetting = "EDGEFACE_TEST_GALLERY";
    private const string KeysSetting = "EDGEFACE_TEST_KEYS";

    [Fact]
    public void Everything_is_sealed_anew_and_the_old_key_opens_nothing_any_more()
    {
        using var gallery = Filled(400);
        var old = gallery.Keys!.ActiveKeyId;
        var oldFile = File.ReadAllBytes(gallery.KeyFile);
        var (revision, before) = (gallery.Store.Revision, ContentOf(gallery));
        var rotation = gallery.Store.RotateKey();
        Assert.Equal((old, 1200, 1), (rotation.From, rotation.Rows, rotation.KeysRemoved));
        Assert.NotEqual(old, rotation.To);
        Assert.Equal(revision, gallery.Store.Revision);
        var status = gallery.Store.KeyStatus();
        Assert.Equal([new KeyUse(rotation.To, 400, 800)], status.Uses);
        Assert.Equal([rotation.To], status.Keys.Select(key => key.Id));
        Assert.False(status.RotationPending);
        gallery.Reopen();
        Assert.Equal(before, ContentOf(gallery));

        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("old.key"), oldFile);
        File.SetUnixFileMode(folder.File("old.key"), UnixFileMode.UserRead);
        Assert.Throws<InputException>(() => GalleryStore.Open(gallery.Path, gallery.Time, gallery.Logger, KeyRing.Open(folder.File("old.key"))));
    }

    [Fact]
    public void Another_process_reads_and_writes_before_during_and_after()
    {
        using var gallery = Filled(20);
        using var other = gallery.Open();
        Assert.False(other.HasChanged());
        gallery.Store.RotateKey();
        Assert.False(other.HasChanged());
        Assert.Equal(20, other.Snapshot(GalleryFixture.Model).People.Length);
        Assert.NotNull(other.FindPerson("PERSON 3"));
        Assert.Throws<InputException>(() => other.AddPerson("person 3"));
        other.Enroll("Newcomer", [GalleryFixture.Face(77)]);
        var to = gallery.Store.RotateKey().To;
        other.Enroll("Another", [GalleryFixture.Face(78)]);
        Assert.Equal([new KeyUse(to, 22, 42)], gallery.Store.KeyStatus().Uses);
        Assert.Equal(22, gallery.Store.Snapshot(GalleryFixture.Model).People.Length);
    }

    [Fact]
    public async Task Writers_and_rotations_at_once_lose_nothing()
    {
        using var gallery = Filled(30);
        using var other = gallery.Open();
        using var third = gallery.Open();
        var refused = 0;
        var rotations = Enumerable.Range(0, 2).Select(i => Task.Run(() =>
        {
            for (var round = 0; round < 4; round++)
            {
                try
                {
                    (i == 0 ? other : third).RotateKey();
                }
                catch (InputException refusal) when (refusal.Message.Contains("another process may be changing it", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })).ToArray();
        for (var i = 0; i < 40; i++)
            gallery.Store.Enroll($"Writer {i}", [GalleryFixture.Face(500 + i)]);
        await Task.WhenAll(rotations);
        Assert.InRange(refused, 0, 7);
        using var fresh = gallery.Open();
        Assert.Equal(70, fresh.Snapshot(GalleryFixture.Model).People.Length);
        Assert.Single(fresh.KeyStatus().Uses);
        Assert.All(Enumerable.Range(0, 40), i => Assert.NotNull(fresh.FindPerson($"WRITER {i}")));
    }

    [Fact]
    public void Killed_at_any_moment_nothing_is_lost_and_the_next_rotation_ends_it()
    {
        using var gallery = Filled(600);
        var before = ContentOf(gallery);
        var random = new Random(11);
        var interrupted = 0;
        for (var kill = 0; kill < 8; kill++)
        {
            using (var child = RestrictedProcess.Start(typeof(KeyRotationTests), nameof(RotateForEver), $"{PathSetting}={gallery.Path}", $"{KeysSetting}={gallery.KeyFile}"))
            {
                Assert.Equal("begun", child.StandardOutput.ReadLine());
                Thread.Sleep(random.Next(150));
                child.Kill();
                child.WaitForExit();
            }

            gallery.Reopen();
            interrupted += gallery.Store.KeyStatus().RotationPending ? 1 : 0;
            Assert.Equal(before, ContentOf(gallery));
            Assert.NotNull(gallery.Store.FindPerson("PERSON 599"));
            if (kill % 2 == 1)
            {
                gallery.Store.RotateKey();
                Assert.False(gallery.Store.KeyStatus().RotationPending);
            }
        }

        Assert.True(interrupted > 0, "no kill hit a rotation");
    }

    [Fact]
    public void A_gallery_without_keys_cannot_change_them()
    {
        using var gallery = new GalleryFixture();
        Assert.Throws<InputException>(() => gallery.Store.RotateKey());
        Assert.Equal((0u, null), (gallery.Store.KeyStatus().KeyId, gallery.Store.KeyStatus().KeyFile));
    }

    /// <summary>The child of the test above.</summary>
    internal static void RotateForEver()
    {
        using var store = GalleryStore.Open(
            Environment.GetEnvironmentVariable(PathSetting)!, TimeProvider.System, new RecordingLogger(), KeyRing.Open(Environment.GetEnvironmentVariable(KeysSetting)!));
        Console.WriteLine("begun");
        while (true)
            store.RotateKey();
    }

    private static GalleryFixture Filled(int people)
    {
        var gallery = new GalleryFixture(encrypted: true);
        for (var i = 0; i < people; i++)
            gallery.Store.Enroll($"Person {i}", [GalleryFixture.Face(2 * i), GalleryFixture.Face(2 * i + 1)]);
        return gallery;
    }

    private static List<string> ContentOf(GalleryFixture gallery)
    {
        using var text = new MemoryStream();
        gallery.Store.Export(includeVectors: true).WriteTo(text);
        return [.. System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n').Where(line => !line.Contains("exported_at", StringComparison.Ordinal))];
    }
}
