using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Threading.RateLimiting;
using EdgeFace.Server.Api;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFace.Server.Security;

/// <summary>Finds out who asks, by key or by client certificate, and whether the address is theirs to use.</summary>
internal sealed class Authentication(IGalleryStore store, ServerOptions options, LastUse lastUse, ILogger<Authentication> logger) : IMiddleware, IAsyncDisposable
{
    private const string Scheme = "Bearer ";

    /// <summary>An address as a whole gets so many times what one wrong key gets: many boards may share it.</summary>
    private const int KeysOfAnAddress = 20;

    /// <summary>
    /// Wrong keys cost a look into the store. A board whose key was revoked asks again and again: that must not shut out the
    /// others behind its address at once, so each wrong key is counted by itself as well.
    /// </summary>
    private readonly PartitionedRateLimiter<string> _failures = PartitionedRateLimiter.Create<string, string>(
        who => RateLimitPartition.GetFixedWindowLimiter(who, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = options.Limits.FailuresPerMinute * (who.Contains(' ', StringComparison.Ordinal) ? 1 : KeysOfAnAddress),
            Window = TimeSpan.FromMinutes(1),
            QueueLimit = 0,
        }));

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var endpoint = context.GetEndpoint();
        if (endpoint is null || !context.Request.Path.StartsWithSegments("/v1"))
        {
            await next(context);
            return;
        }

        if (await WhoAsync(context) is not { } caller)
            return;
        // What is no route of ours is the framework's own answer to a wrong method or type.
        if (endpoint is RouteEndpoint && endpoint.Metadata.GetMetadata<AllowedRoles>()?.Contains(caller.Role) != true)
        {
            await Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "forbidden", $"A key of the role {Names.Of(caller.Role)} may not do this.");
            return;
        }

        context.Features.Set(caller);
        await lastUse.NoteAsync(caller, context.RequestAborted);
        await next(context);
    }

    public ValueTask DisposeAsync() => _failures.DisposeAsync();

    private async Task<Caller?> WhoAsync(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var header = context.Request.Headers.Authorization.ToString();
        string[] suspects = [address.ToString(), $"{address} {KeyIdOf(header)}"];
        if (suspects.Any(suspect => _failures.GetStatistics(suspect) is { CurrentAvailablePermits: 0 }))
        {
            context.Response.Headers.RetryAfter = "60";
            await Problems.WriteAsync(context, StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many requests with a wrong key came from this address: wait a minute.");
            return null;
        }

        var caller = header.Length == 0 ? await ByCertificateAsync(context) : await ByKeyAsync(header, context.RequestAborted);
        if (caller is not null)
            return caller;
        if (header.Length > 0)
        {
            foreach (var suspect in suspects)
                _failures.AttemptAcquire(suspect).Dispose();
            Log.KeyRefused(logger, address);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"edgeface\"";
        await Problems.WriteAsync(
            context, StatusCodes.Status401Unauthorized, "unauthorized",
            header.Length == 0 ? "A key is needed: send it as 'Authorization: Bearer KEY'." : "The key is not valid here: it is wrong, revoked, or its device was removed.");
        return null;
    }

    private static string KeyIdOf(string header)
        => header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && ApiKey.TryParse(header.AsSpan(Scheme.Length).Trim(), out var id, out _) ? id : "none";

    private async Task<Caller?> ByKeyAsync(string header, CancellationToken cancellation)
    {
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || !ApiKey.TryParse(header.AsSpan(Scheme.Length).Trim(), out var id, out var secret))
            return null;
        var key = await store.FindKeyAsync(id, cancellation);
        return key is { RevokedAt: null } && ApiKey.Proves(secret, key) ? new Caller(key.Id, key.Role, key.DeviceId) : null;
    }

    /// <summary>The certificate's chain was checked with the handshake; here it is a known device or nobody.</summary>
    private async Task<Caller?> ByCertificateAsync(HttpContext context)
    {
        if (options.Tls.ClientCaFile is null || context.Connection.ClientCertificate is not { } certificate)
            return null;
        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return await store.FindDeviceAsync(name, context.RequestAborted) is { } device ? new Caller($"device:{device.Id}", Role.Device, device.Id) : null;
    }
}
