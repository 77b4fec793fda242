using System.Text.RegularExpressions;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeFace.Server.Tests.Api;

/// <summary>Every role against every address.</summary>
public sealed partial class RolesTests : ServerTest
{
    private const string Admin = "admin";
    private const string Staff = "operator admin";
    private const string All = "device operator admin";

    /// <summary>Without a key, too.</summary>
    private const string Anybody = "anybody device operator admin";

    private const string Person = "01a201ca-708f-7ea3-bb50-5e41723b7b60";
    private const string Template = "01a201ca-708f-7ea3-bb50-5e41723b7b61";

    /// <summary>Method, the route's pattern, an address of it, who may.</summary>
    private static readonly (string Method, string Route, string Path, string Roles)[] Table =
    [
        ("GET", "/v1/people", "/v1/people", Staff),
        ("POST", "/v1/people", "/v1/people", Staff),
        ("POST", "/v1/people/find", "/v1/people/find", Staff),
        ("GET", "/v1/people/{id:guid}", $"/v1/people/{Person}", Staff),
        ("PUT", "/v1/people/{id:guid}", $"/v1/people/{Person}", Staff),
        ("PATCH", "/v1/people/{id:guid}", $"/v1/people/{Person}", Staff),
        ("DELETE", "/v1/people/{id:guid}", $"/v1/people/{Person}", Staff),
        ("GET", "/v1/people/{id:guid}/erasure", $"/v1/people/{Person}/erasure", Staff),
        ("GET", "/v1/people/{id:guid}/export", $"/v1/people/{Person}/export", Staff),
        ("POST", "/v1/people/{id:guid}/photos", $"/v1/people/{Person}/photos", Staff),
        ("GET", "/v1/people/{id:guid}/templates", $"/v1/people/{Person}/templates", Staff),
        ("POST", "/v1/people/{id:guid}/templates", $"/v1/people/{Person}/templates", Staff),
        ("DELETE", "/v1/people/{id:guid}/templates/{template:guid}", $"/v1/people/{Person}/templates/{Template}", Staff),
        ("GET", "/v1/people/{id:guid}/templates/{template:guid}/photo", $"/v1/people/{Person}/templates/{Template}/photo", Staff),
        ("GET", "/v1/groups", "/v1/groups", Staff),
        ("GET", "/v1/groups/{name}", "/v1/groups/default", Staff),
        ("PUT", "/v1/groups/{name}", "/v1/groups/default", Admin),
        ("DELETE", "/v1/groups/{name}", "/v1/groups/nowhere", Admin),
        ("GET", "/v1/devices", "/v1/devices", Staff),
        ("GET", "/v1/devices/{id}", "/v1/devices/board1", All),
        ("PUT", "/v1/devices/{id}", "/v1/devices/board2", Admin),
        ("DELETE", "/v1/devices/{id}", "/v1/devices/nowhere", Admin),
        ("GET", "/v1/thresholds", "/v1/thresholds", Staff),
        ("PUT", "/v1/thresholds", "/v1/thresholds", Admin),
        ("GET", "/v1/keys", "/v1/keys", Admin),
        ("POST", "/v1/keys", "/v1/keys", Admin),
        ("DELETE", "/v1/keys/{id}", "/v1/keys/000000000000", Admin),
        ("GET", "/v1/audit", "/v1/audit", Admin),
        ("GET", "/v1/me", "/v1/me", All),
        ("GET", "/v1/gallery/changes", "/v1/gallery/changes?since=0&group=default", All),
        ("GET", "/v1/gallery/snapshot", "/v1/gallery/snapshot?group=default", All),
        ("GET", "/v1/gallery/snapshot/{id:length(64)}", $"/v1/gallery/snapshot/{new string('0', 64)}?group=default", All),
        ("POST", "/v1/gallery/ack", "/v1/gallery/ack", "device"),
        ("GET", "/healthz", "/healthz", Anybody),
        ("GET", "/readyz", "/readyz", Anybody),
    ];

    [Fact]
    public async Task Every_address_of_the_description_is_in_the_table()
    {
        using var client = new HttpClient { BaseAddress = Server.Address };
        var paths = (await client.GetJsonAsync("/openapi/v1.json")).Body!["paths"]!.AsObject();
        var described = paths.SelectMany(path => path.Value!.AsObject().Select(operation => (operation.Key.ToUpperInvariant(), path.Key.TrimEnd('/'))));

        // The description leaves out what a parameter must be like.
        Assert.Equal(Table.Select(row => (row.Method, Constraint.Replace(row.Route, "}"))).Order(), described.Order());
    }

    [Fact]
    public void Every_address_is_in_the_table_with_its_roles()
    {
        var routes = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => (method, endpoint)));
        var found = routes.Select(it => (it.method, it.endpoint.RoutePattern.RawText!.TrimEnd('/'), Roles(it.endpoint.Metadata.GetMetadata<AllowedRoles>())));

        Assert.Equal(Table.Where(row => row.Roles != Anybody).Select(row => (row.Method, row.Route, row.Roles)).Order(), found.Order());
    }

    [GeneratedRegex(@":[^{}]*\}")]
    private static partial Regex Constraint { get; }

    [Fact]
    public async Task Role_opens_what_is_for_it_and_nothing_else()
    {
        foreach (var role in Enum.GetValues<Role>())
        {
            var client = await Server.ClientAsync(role);
            foreach (var row in Table)
            {
                var (status, body) = row.Path.EndsWith("/photos", StringComparison.Ordinal)
                    ? await PhotoTests.PostAsync(client, row.Path, [1], "image/jpeg")
                    : await client.SendAsync(new HttpMethod(row.Method), row.Path, row.Method is "GET" or "DELETE" ? null : "{}");
                var allowed = row.Roles.Split(' ').Contains(role.ToString().ToLowerInvariant());
                if (allowed)
                    Assert.False(status is 401 or 403 or >= 500, $"{role} {row.Method} {row.Path}: {status}");
                else
                    Assert.True(status == 403 && body.Text("code") == "forbidden", $"{role} {row.Method} {row.Path}: {status}");
            }
        }

        Server.AssertNoErrors();
    }

    [Fact]
    public async Task Without_a_valid_key_nothing_below_v1_opens()
    {
        var (text, record) = ApiKey.Create(Role.Admin, null, "", TimeProvider.System);
        await Server.Store.AddKeyAsync(record, Actor.CommandLine, CancellationToken.None);
        await Server.Store.RevokeKeyAsync(record.Id, Actor.CommandLine, CancellationToken.None);
        var unknown = ApiKey.Create(Role.Admin, null, "", TimeProvider.System).Text;
        var otherSecret = text[..17] + unknown[17..];
        foreach (var key in new[] { null, "", "x", text, unknown, otherSecret, text + "A", "efk_" + new string('a', 4000), "efk_000000000000_***" })
        {
            using var client = new HttpClient { BaseAddress = Server.Address };
            if (key is not null)
                client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + key);
            foreach (var row in Table)
            {
                var (status, body) = await client.SendAsync(new HttpMethod(row.Method), row.Path);
                if (row.Roles == Anybody)
                {
                    Assert.Equal(200, status);
                    continue;
                }

                Assert.True(status == 401, $"{row.Method} {row.Path} with {key?.Length} characters: {status}");
                Assert.Equal("unauthorized", body.Text("code"));
            }
        }

        Server.AssertNoErrors();
    }

    [Fact]
    public async Task Device_sees_itself_alone()
    {
        var one = await Server.ClientAsync(Role.Device, "board1");
        await Server.ClientAsync(Role.Device, "board2");

        Assert.Equal(200, (await one.GetJsonAsync("/v1/devices/board1")).Status);
        Assert.Equal(404, (await one.GetJsonAsync("/v1/devices/board2")).Status);
        Assert.Equal("board1", (await one.GetJsonAsync("/v1/me")).Body.Text("device_id"));
    }

    private static string Roles(AllowedRoles? roles)
        => string.Join(' ', Enum.GetValues<Role>().Where(role => roles?.Contains(role) == true).Select(role => role.ToString().ToLowerInvariant()));
}
