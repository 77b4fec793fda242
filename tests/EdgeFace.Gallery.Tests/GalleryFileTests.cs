using EdgeFace.Core;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery.Tests;

public sealed class GalleryFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLogger _logger = new();

    private string Path => _folder.File("gallery.db");

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_alone()
    {
        File.WriteAllText(Path, new string('x', 5000));
        Assert.Equal($"{Path} is not a gallery: the file is not a SQLite database; give another path.", Refusal(Path));
        Assert.Equal(new string('x', 5000), File.ReadAllText(Path));
    }

    [Fact]
    public void A_database_of_something_else_is_refused_and_left_alone()
    {
        using (var foreign = SqliteFile.Open(Path))
            SqliteFile.Execute(foreign, "CREATE TABLE people (x)");
        var before = File.ReadAllBytes(Path);
        Assert.Equal($"{Path} is not a gallery: it is a SQLite database of something else; give another path.", Refusal(Path));
        Assert.Equal(before, File.ReadAllBytes(Path));
    }

    [Fact]
    public void A_newer_schema_is_refused()
    {
        Open().Dispose();
        using (var foreign = SqliteFile.Open(Path))
            SqliteFile.Execute(foreign, "UPDATE schema_version SET version = 7");
        Assert.Equal($"The gallery {Path} was written by a newer EdgeFace (schema 7, this one knows {GallerySchema.Migrations.Count}): update EdgeFace.", Refusal(Path));
    }

    [Fact]
    public void A_path_that_cannot_be_written_is_refused()
    {
        const string end = "cannot be opened for writing: check the path and the permissions of the file and its folder.";
        Assert.Equal($"The gallery /proc/edgeface/gallery.db {end}", Refusal("/proc/edgeface/gallery.db"));
        Assert.Equal($"The gallery {_folder.Path} {end}", Refusal(_folder.Path));
        File.WriteAllText(_folder.File("file"), "");
        Assert.Equal($"The gallery {_folder.File("file/gallery.db")} {end}", Refusal(_folder.File("file/gallery.db")));
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        using (var store = Open())
        {
            for (var i = 0; i < 50; i++)
                store.Enroll($"Person {i}", [GalleryFixture.Face(i, 512)]);
        }

        using (var file = File.OpenWrite(Path))
        {
            file.Position = 4096;
            file.Write(new byte[file.Length - 8192]);
        }

        var error = Assert.Throws<InputException>(() =>
        {
            using var store = Open();
            store.Snapshot(GalleryFixture.Model);
        });
        Assert.Contains("is damaged", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Vectors_that_cannot_be_are_damage()
    {
        using (var store = Open())
            store.Enroll("A", [GalleryFixture.Face(1, 4)]);
        using (var foreign = SqliteFile.Open(Path))
            SqliteFile.Execute(foreign, "UPDATE templates SET content = x'0000c07f000000000000000000000000'");
        using var damaged = Open();
        Assert.Contains("a vector is not of length 1", Assert.Throws<InputException>(() => damaged.Snapshot(GalleryFixture.Model)).Message, StringComparison.Ordinal);
        Assert.Contains("a vector has no direction", Assert.Throws<InputException>(() => damaged.Templates().ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_owner_may_read_the_file_its_log_and_a_new_folder()
    {
        var path = _folder.File("a/b/gallery.db");
        using var store = GalleryStore.Open(path, TimeProvider.System, _logger);
        store.Enroll("A", [GalleryFixture.Face(1)]);
        foreach (var name in new[] { path, path + "-wal", path + "-shm" })
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(name));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.File("a/b")));
        Assert.DoesNotContain(_logger.Lines, line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public void A_file_that_others_may_read_is_complained_about()
    {
        Open().Dispose();
        File.SetUnixFileMode(Path, OwnerOnly | UnixFileMode.OtherRead);
        Open().Dispose();
        Assert.Contains(_logger.Lines, line => line.Level == LogLevel.Warning && line.Text.Contains("chmod 600", StringComparison.Ordinal));
    }

    [Fact]
    public void Commits_are_made_to_last()
    {
        using var store = Open();
        store.Enroll("A", [GalleryFixture.Face(1)]);
        using var foreign = SqliteFile.Open(Path);
        Assert.Equal("wal", SqliteFile.Execute(foreign, "PRAGMA journal_mode"));
        // In the log and in no other place yet: a copy of file and log, as a power cut would leave them, has the person.
        var copy = _folder.File("copy.db");
        File.Copy(Path, copy);
        File.Copy(Path + "-wal", copy + "-wal");
        using var survivor = GalleryStore.Open(copy, TimeProvider.System, _logger);
        Assert.Equal(1, survivor.Snapshot(GalleryFixture.Model).Templates);
    }

    [Fact]
    public void An_older_schema_is_brought_up_with_what_it_holds()
    {
        using (var store = Open())
            store.Enroll("A", [GalleryFixture.Face(1)]);
        string[] migrations = [.. GallerySchema.Migrations, "ALTER TABLE people ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"];
        using (var store = GalleryStore.Open(Path, TimeProvider.System, _logger, migrations))
            Assert.Single(store.List());
        using (var foreign = SqliteFile.Open(Path))
            Assert.Equal($"{migrations.Length} none", SqliteFile.Execute(foreign, "SELECT version || ' ' || note FROM schema_version, people"));
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_file_as_it_was()
    {
        using (var store = Open())
            store.Enroll("A", [GalleryFixture.Face(1)]);
        string[] migrations = [.. GallerySchema.Migrations, "DELETE FROM people", "NONSENSE"];
        Assert.Throws<InputException>(() => GalleryStore.Open(Path, TimeProvider.System, _logger, migrations));
        using var again = Open();
        Assert.Single(again.List());
    }

    [Fact]
    public void Two_who_make_the_same_new_gallery_at_once_share_it()
    {
        for (var round = 0; round < 5; round++)
        {
            var path = _folder.File($"race{round}.db");
            using var start = new Barrier(2);
            Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
            {
                start.SignalAndWait(TimeSpan.FromSeconds(10));
                using var store = GalleryStore.Open(path, TimeProvider.System, _logger);
                store.Enroll($"Person {i}", [GalleryFixture.Face(i)]);
            });
            using var both = GalleryStore.Open(path, TimeProvider.System, _logger);
            Assert.Equal(2, both.List().Count);
        }
    }

    public void Dispose() => _folder.Dispose();

    private GalleryStore Open() => GalleryStore.Open(Path, TimeProvider.System, _logger);

    private string Refusal(string path)
        => Assert.Throws<InputException>(() => GalleryStore.Open(path, TimeProvider.System, _logger)).Message;
}
