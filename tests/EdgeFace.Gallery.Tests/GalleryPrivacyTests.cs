using System.Text;
using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests;

/// <summary>What is removed is gone, and what is stored is never said.</summary>
public sealed class GalleryPrivacyTests
{
    [Theory]
    [InlineData(1, 512, false)]
    [InlineData(2, 512, true)]
    [InlineData(3, 128, false)]
    [InlineData(4, 16, true)]
    [InlineData(5, 1100, false)]
    public void A_removed_person_leaves_no_byte_in_file_or_log(int seed, int dimension, bool encrypted)
    {
        using var gallery = new GalleryFixture(encrypted);
        var random = new Random(seed);
        var people = new List<(Person Person, List<int> Seeds)>();
        // Pages must split, merge and move, as they do over years: people come, get more templates, and go.
        for (var step = 0; step < 240; step++)
        {
            var seeds = Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next()).ToList();
            var faces = seeds.ConvertAll(face => GalleryFixture.Face(face, dimension, source: $"source-{face:x8}.jpg"));
            if (people.Count < 40 || random.Next(3) == 0)
            {
                var name = $"{random.Next():x8}-{new string('n', random.Next(1, 180))}";
                people.Add((gallery.Store.Enroll(name, faces), seeds));
            }
            else if (random.Next(2) == 0)
            {
                var (person, known) = people[random.Next(people.Count)];
                gallery.Store.AddTemplates(person, faces);
                known.AddRange(seeds);
            }
            else
            {
                var gone = people[random.Next(people.Count)];
                people.Remove(gone);
                Assert.True(gallery.Store.RemovePerson(gone.Person.Id));
                AssertGone(gallery.Path, gone, dimension);
            }
        }

        // The search itself works: who is still there is found, but for what is encrypted.
        var stands = GalleryBytes.FilesOf(gallery.Path).Any(bytes => bytes.AsSpan().IndexOf(VectorBytes(people[0].Seeds[0], dimension).AsSpan(0, 16)) >= 0);
        Assert.Equal(!encrypted, stands);
        Assert.False(gallery.Store.ScrubPending);
        while (people.Count > 0)
        {
            var gone = people[^1];
            people.RemoveAt(people.Count - 1);
            gallery.Store.RemovePerson(gone.Person.Id);
            AssertGone(gallery.Path, gone, dimension);
        }
    }

    [Fact]
    public void The_file_shrinks_when_people_go()
    {
        using var gallery = new GalleryFixture();
        var person = gallery.Store.Enroll("Many", [.. Enumerable.Range(0, 300).Select(seed => GalleryFixture.Face(seed, 512))]);
        gallery.Reopen();
        var full = new FileInfo(gallery.Path).Length;
        gallery.Store.RemovePerson(person.Id);
        Assert.InRange(new FileInfo(gallery.Path).Length, 1, full / 4);
        Assert.Equal(0, new FileInfo(gallery.Path + "-wal").Length);
    }

    [Fact]
    public void Another_process_that_reads_delays_the_scrubbing_but_does_not_prevent_it()
    {
        using var gallery = new GalleryFixture { AllowWarnings = true };
        var seeds = new List<int> { 77 };
        var person = gallery.Store.Enroll("Reluctant", [GalleryFixture.Face(77)]);
        using (var reader = SqliteFile.Open(gallery.Path))
        {
            SqliteFile.Execute(reader, "BEGIN");
            SqliteFile.Execute(reader, "SELECT COUNT(*) FROM people");
            Assert.True(gallery.Store.RemovePerson(person.Id));
            Assert.Null(gallery.Store.FindPerson("Reluctant"));
            Assert.True(gallery.Store.ScrubPending);
            SqliteFile.Execute(reader, "COMMIT");
        }

        gallery.Store.AddPerson("Next");
        Assert.False(gallery.Store.ScrubPending);
        AssertGone(gallery.Path, (person, seeds), 64);
    }

    [Fact]
    public void What_a_killed_process_left_in_the_log_goes_when_the_gallery_is_opened()
    {
        using var gallery = new GalleryFixture();
        using var folder = new TemporaryFolder();
        var person = gallery.Store.Enroll("Victim", [GalleryFixture.Face(5)]);
        using (var other = SqliteFile.Open(gallery.Path))
        {
            SqliteFile.Execute(other, "PRAGMA foreign_keys = ON");
            SqliteFile.Execute(other, "PRAGMA secure_delete = ON");
            SqliteFile.Execute(other, "BEGIN; DELETE FROM people; UPDATE gallery_state SET scrub_due = 1; COMMIT");
            // As the disk would be after a kill between commit and scrub.
            foreach (var end in new[] { "", "-wal" })
                File.Copy(gallery.Path + end, folder.File("copy.db" + end));
        }

        var copy = folder.File("copy.db");
        Assert.Contains(GalleryBytes.FilesOf(copy), bytes => bytes.AsSpan().IndexOf("Victim"u8) >= 0);
        using var store = GalleryStore.Open(copy, gallery.Time, gallery.Logger);
        AssertGone(copy, (person, [5]), 64);
    }

    [Fact]
    public void Names_sources_and_vectors_reach_no_log_and_no_text()
    {
        using var gallery = new GalleryFixture { AllowWarnings = true };
        var face = GalleryFixture.Face(9, source: "secretname.jpg");
        var person = gallery.Store.Enroll("Secretname", [face]);
        gallery.Store.AddTemplates(person, [face]);
        var texts = new List<string> { Assert.ThrowsAny<Exception>(() => gallery.Store.AddPerson("SECRETNAME")).ToString() };
        texts.Add(Assert.ThrowsAny<Exception>(() => gallery.Store.AddPerson("Secretname\n!")).ToString());
        var search = new ExactSearch(gallery.Store.Snapshot(GalleryFixture.Model));
        var best = new Match[1];
        search.Search(face.Embedding.Values, best);
        texts.AddRange([$"{person} {face} {best[0]} {gallery.Store.List()[0]} {gallery.Store.Templates().First()}"]);
        var export = gallery.Store.Export(includeVectors: true);
        texts.AddRange([$"{export} {export.People[0]} {export.People[0].Templates[0]}"]);
        gallery.Store.RemovePerson(person.Id);
        gallery.Reopen();
        texts.AddRange(gallery.Logger.Lines.Select(line => line.Text));

        Assert.Contains(texts, text => text.Contains(person.Id.ToString(), StringComparison.Ordinal));
        var value = face.Embedding.Values[0].ToString(System.Globalization.CultureInfo.InvariantCulture)[..5];
        Assert.All(texts, text =>
        {
            Assert.DoesNotContain("secretname", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(value, text, StringComparison.Ordinal);
        });
    }

    private static void AssertGone(string path, (Person Person, List<int> Seeds) gone, int dimension)
    {
        foreach (var bytes in GalleryBytes.FilesOf(path))
        {
            GalleryBytes.AssertAbsent(bytes, Encoding.UTF8.GetBytes(gone.Person.Name), "removed person's name");
            GalleryBytes.AssertAbsent(bytes, Encoding.UTF8.GetBytes(gone.Person.Name.ToUpperInvariant()), "removed person's name key");
            GalleryBytes.AssertAbsent(bytes, Encoding.UTF8.GetBytes(gone.Person.Id.ToString()), "removed person's id");
            foreach (var seed in gone.Seeds)
            {
                // Pieces too: a page may keep part of a row.
                var vector = VectorBytes(seed, dimension);
                GalleryBytes.AssertAbsent(bytes, vector.AsSpan(0, 16), "removed person's vector's beginning");
                GalleryBytes.AssertAbsent(bytes, vector.AsSpan(vector.Length / 2, 16), "removed person's vector's middle");
                GalleryBytes.AssertAbsent(bytes, vector.AsSpan(vector.Length - 16, 16), "removed person's vector's end");
                GalleryBytes.AssertAbsent(bytes, Encoding.UTF8.GetBytes($"source-{seed:x8}"), "removed person's source");
            }
        }
    }

    private static byte[] VectorBytes(int seed, int dimension) => VectorBlob.Write(GalleryFixture.Face(seed, dimension).Embedding.Values);
}
