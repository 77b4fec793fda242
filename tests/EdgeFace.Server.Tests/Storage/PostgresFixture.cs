using EdgeFace.TestKit.Postgres;

namespace EdgeFace.Server.Tests.Storage;

/// <summary>One PostgreSQL for all tests that need one; each test has a database of its own.</summary>
public sealed class PostgresFixture : IDisposable
{
    private readonly Lazy<PostgresServer> _server = new(PostgresServer.Start);
    private int _databases;

    public PostgresServer Server => _server.Value;

    public string NewDatabase() => Server.CreateDatabase($"test{Interlocked.Increment(ref _databases)}");

    public void Dispose()
    {
        if (_server.IsValueCreated)
            _server.Value.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}
