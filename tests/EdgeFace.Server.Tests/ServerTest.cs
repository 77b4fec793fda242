using EdgeFace.Server.Configuration;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>A test with a server over SQLite in a folder of its own.</summary>
public abstract class ServerTest : IAsyncLifetime, IDisposable
{
    private TestServer? _server;

    protected TemporaryFolder Folder { get; } = new();

    private protected TestServer Server => _server!;

    private protected virtual TimeProvider Time => TimeProvider.System;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(Options(), Time);

    public Task DisposeAsync() => _server!.DisposeAsync().AsTask();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected virtual ServerOptions Options() => new() { DataFolder = Folder.Path, Limits = new LimitOptions { RequestsPerMinute = 100_000, FailuresPerMinute = 100_000 } };
}
