using EdgeFace.Core;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Server.Tests.Storage;

public sealed class SqliteStoreTests : StoreTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Files_are_for_their_owner_alone()
        => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("server.db")));

    [Fact]
    public async Task Audit_trail_cannot_be_changed_even_by_hand()
    {
        await AddAsync("Ann");
        await using var connection = new SqliteConnection($"Data Source={_folder.File("server.db")};Pooling=false");
        await connection.OpenAsync();
        foreach (var sql in new[] { "UPDATE audit SET actor = 'x'", "DELETE FROM audit" })
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            Assert.Contains("can only be added to", Assert.Throws<SqliteException>(() => command.ExecuteNonQuery()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task File_of_something_else_is_refused_and_left_alone()
    {
        var path = _folder.File("notes.txt");
        await File.WriteAllTextAsync(path, new string('x', 5000));

        var error = await Assert.ThrowsAsync<InputException>(
            () => GalleryStore.OpenAsync(new SqliteDialect(path), new RowSeal(null), TimeProvider.System, NullLogger.Instance, CancellationToken.None));

        Assert.Contains("is not a store of edgeface-server", error.Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 5000), await File.ReadAllTextAsync(path));
    }

    public void Dispose() => _folder.Dispose();

    private protected override SqlDialect Dialect(TimeProvider time) => new SqliteDialect(_folder.File("server.db"));
}
