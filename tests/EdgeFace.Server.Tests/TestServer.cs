using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Hosting;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit.Capture;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Server.Tests;

/// <summary>A whole server on a free port of the loopback, in this process, over a store of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<HttpClient> _clients = [];

    private TestServer(ServerOptions options, IGalleryStore store, WebApplication app, ListLoggerFactory logs, TimeProvider time)
        => (Options, Store, _app, Logs, Time) = (options, store, app, logs, time);

    public ServerOptions Options { get; }

    public IGalleryStore Store { get; }

    public ListLoggerFactory Logs { get; }

    public TimeProvider Time { get; }

    public IServiceProvider Services => _app.Services;

    public Uri Address => new(_app.Urls.First());

    public static async Task<TestServer> StartAsync(ServerOptions options, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        var logs = new ListLoggerFactory();
        options = options with { Listen = ["127.0.0.1:0"] };
        var store = await Stores.OpenAsync(options, time, logs, CancellationToken.None);
        var app = ServerHost.Build(options, store, time, builder => builder.SetMinimumLevel(LogLevel.Debug).AddFilter("Microsoft", LogLevel.Warning).AddProvider(new Forward(logs)));
        await app.StartAsync();
        return new TestServer(options, store, app, logs, time);
    }

    /// <summary>A client with a new key of a role; a device's device is made.</summary>
    public async Task<HttpClient> ClientAsync(Role role, string? device = null)
    {
        if (role == Role.Device)
            await Store.PutDeviceAsync(device ??= "board1", "default", Actor.CommandLine, CancellationToken.None);
        var (text, record) = ApiKey.Create(role, device, "test", Time);
        await Store.AddKeyAsync(record, Actor.CommandLine, CancellationToken.None);
        return Client(text);
    }

    public HttpClient Client(string? key)
    {
        var client = new HttpClient { BaseAddress = Address };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _clients.Add(client);
        return client;
    }

    /// <summary>Whatever a test does on purpose, nothing of it may be an error of the server's.</summary>
    public void AssertNoErrors() => Assert.DoesNotContain(Logs.Lines, line => line.Level >= LogLevel.Error);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await _app.DisposeAsync();
        await Store.DisposeAsync();
        Logs.Dispose();
    }

    private sealed class Forward(ListLoggerFactory logs) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logs.CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}

/// <summary>Short forms for requests with JSON.</summary>
internal static class HttpJson
{
    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static async Task<(int Status, JsonNode? Body)> SendAsync(this HttpClient client, HttpMethod method, string path, string? json = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : Json(json) };
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await client.SendAsync(request);
        return await ReadAsync(answer);
    }

    public static Task<(int Status, JsonNode? Body)> GetJsonAsync(this HttpClient client, string path) => client.SendAsync(HttpMethod.Get, path);

    public static async Task<(int Status, JsonNode? Body)> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length > 0 && text[0] is '{' or '[' ? JsonNode.Parse(text) : null);
    }

    public static string Text(this JsonNode? node, string name) => node![name]!.GetValue<string>();

    public static async Task<string> AddPersonAsync(this HttpClient client, string name)
    {
        var (status, body) = await client.SendAsync(HttpMethod.Post, "/v1/people", $$"""{"name":"{{name}}"}""");
        Assert.Equal(201, status);
        return body.Text("id");
    }
}
