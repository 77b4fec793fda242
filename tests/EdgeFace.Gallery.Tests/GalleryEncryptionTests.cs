using System.Text;
using EdgeFace.Core;
using EdgeFace.Core.Security;
using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests;

/// <summary>Who has the gallery's files and not the key learns no name, no vector and no source, and can exchange none.</summary>
public sealed class GalleryEncryptionTests
{
    [Fact]
    public void Nothing_that_identifies_stands_readable_in_the_files()
    {
        using var gallery = new GalleryFixture(encrypted: true);
        for (var i = 0; i < 60; i++)
            gallery.Store.Enroll(NameOf(i), [Face(i), Face(1000 + i)]);
        gallery.Store.RemovePerson(gallery.Store.FindPerson(NameOf(7))!.Id);
        Assert.Equal(NameOf(9), gallery.Store.FindPerson(NameOf(9).ToUpperInvariant())!.Name);
        AssertUnreadable(gallery.Path, 60);
        gallery.Reopen();
        AssertUnreadable(gallery.Path, 60);
        AssertHolds(gallery.Store, Enumerable.Range(0, 60).Where(i => i != 7));
    }

    [Fact]
    public void A_gallery_of_the_first_schema_is_encrypted_when_it_is_opened()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("gallery.db");
        OldGallery.Make(path, 150, NameOf, Face);
        Assert.Contains(GalleryBytes.FilesOf(path), bytes => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(NameOf(149))) >= 0);
        var keys = KeyRing.Create(folder.File("gallery.key"), new ManualTimeProvider());
        using (var store = GalleryStore.Open(path, new ManualTimeProvider(), new RecordingLogger(), keys))
        {
            AssertUnreadable(path, 150);
            // Every fifth person had left.
            AssertHolds(store, Enumerable.Range(0, 150).Where(i => i % 5 != 4), templates: 1);
            Assert.Equal([new KeyUse(keys.ActiveKeyId, 120, 120)], store.KeyStatus().Uses);
        }

        AssertUnreadable(path, 150);
    }

    [Fact]
    public void A_gallery_without_keys_is_encrypted_as_soon_as_it_gets_one()
    {
        using var gallery = new GalleryFixture();
        for (var i = 0; i < 300; i++)
            gallery.Store.Enroll(NameOf(i), [Face(i), Face(1000 + i)]);
        var revision = gallery.Store.Revision;
        gallery.Store.Dispose();
        var keys = KeyRing.Create(gallery.KeyFile, gallery.Time);
        using var store = GalleryStore.Open(gallery.Path, gallery.Time, gallery.Logger, keys);
        AssertUnreadable(gallery.Path, 300);
        AssertHolds(store, Enumerable.Range(0, 300));
        Assert.Equal(revision, store.Revision);
        Assert.Contains(gallery.Logger.Lines, line => line.Text.Contains("900 row(s) sealed", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_the_right_key_it_does_not_open()
    {
        using var gallery = new GalleryFixture(encrypted: true);
        gallery.Store.Enroll("A", [Face(1)]);
        using var folder = new TemporaryFolder();
        var other = KeyRing.Create(folder.File("other.key"), gallery.Time);
        Assert.Equal(
            $"The gallery {gallery.Path} is encrypted and no key was given: name the key file (gallery.key_file) that it was encrypted with.",
            Refusal(() => GalleryStore.Open(gallery.Path, gallery.Time, gallery.Logger)));
        Assert.Equal(
            $"The gallery {gallery.Path} is encrypted with key {KeyInfo.Format(gallery.Keys!.ActiveKeyId)}, which {other.Path} does not have: put back the key file that has it.",
            Refusal(() => GalleryStore.Open(gallery.Path, gallery.Time, gallery.Logger, other)));
        Assert.Equal("A", Assert.Single(gallery.Store.List()).Person.Name);
    }

    [Theory]
    [InlineData("UPDATE templates SET content = (SELECT content FROM templates ORDER BY key DESC LIMIT 1) WHERE key = 1")]
    [InlineData("UPDATE templates SET person = 3 - person")]
    [InlineData("UPDATE templates SET model_id = 'other@000000000000'")]
    [InlineData("UPDATE templates SET dimension = 32 WHERE key = 1")]
    [InlineData("UPDATE templates SET content = substr(content, 1, length(content) - 1)")]
    [InlineData("UPDATE templates SET content = x'00'")]
    [InlineData("UPDATE templates SET content = substr(content, 1, 40) || x'0102' || substr(content, 43) WHERE key = 2")]
    [InlineData("UPDATE people SET name = (SELECT name FROM people ORDER BY key DESC LIMIT 1) WHERE key = 1")]
    [InlineData("UPDATE people SET id = '00000000-0000-0000-0000-000000000001' WHERE key = 1")]
    public void Rows_that_were_changed_or_exchanged_are_damage(string sql)
    {
        using var gallery = new GalleryFixture(encrypted: true);
        gallery.Store.Enroll("A", [Face(1)]);
        gallery.Store.Enroll("B", [Face(2)]);
        using (var foreign = SqliteFile.Open(gallery.Path))
            SqliteFile.Execute(foreign, "PRAGMA foreign_keys = OFF; " + sql);
        var model = sql.Contains("model_id", StringComparison.Ordinal) ? "other@000000000000" : GalleryFixture.Model;
        var message = Refusal(() =>
        {
            gallery.Store.List();
            gallery.Store.Snapshot(model);
            _ = gallery.Store.Templates().ToArray();
        });
        Assert.StartsWith($"The gallery {gallery.Path} is damaged", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static string NameOf(int i) => $"Person-{i:x4}-of-the-readable-name";

    private static NewTemplate Face(int seed) => GalleryFixture.Face(seed, source: $"picture-of-{seed:x8}.jpg");

    private static void AssertUnreadable(string path, int people)
    {
        foreach (var bytes in GalleryBytes.FilesOf(path))
        {
            GalleryBytes.AssertAbsent(bytes, "of-the-readable-name"u8, "name");
            GalleryBytes.AssertAbsent(bytes, "OF-THE-READABLE-NAME"u8, "name's key");
            GalleryBytes.AssertAbsent(bytes, "picture-of-"u8, "source");
            for (var i = 0; i < people; i++)
            {
                var vector = VectorBlob.Write(Face(i).Embedding.Values);
                GalleryBytes.AssertAbsent(bytes, vector.AsSpan(0, 16), "vector's beginning");
                GalleryBytes.AssertAbsent(bytes, vector.AsSpan(vector.Length / 2, 16), "vector's middle");
                GalleryBytes.AssertAbsent(bytes, vector.AsSpan(vector.Length - 16, 16), "vector's end");
            }
        }
    }

    private static void AssertHolds(GalleryStore store, IEnumerable<int> people, int templates = 2)
    {
        var list = people.ToList();
        Assert.Equal(list.Select(NameOf), store.List().Select(summary => summary.Person.Name));
        foreach (var i in list)
        {
            var held = store.Templates(store.FindPerson(NameOf(i))!.Id).ToList();
            Assert.Equal(templates, held.Count);
            Assert.Equal(Face(i).Embedding.Values.ToArray(), held[0].Embedding.Values.ToArray());
            Assert.Equal(Face(i).Source, held[0].Source);
        }
    }

    private static string Refusal(Action action) => Assert.Throws<InputException>(action).Message;
}
