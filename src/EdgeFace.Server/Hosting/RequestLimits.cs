using System.Threading.RateLimiting;
using EdgeFace.Server.Api;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EdgeFace.Server.Hosting;

/// <summary>So many requests a minute for each key; for those without a key, for each address.</summary>
internal static class RequestLimits
{
    /// <summary>A minute's requests flow in again in so many parts.</summary>
    private const int Parts = 60;

    public static void Add(IServiceCollection services, LimitOptions limits) => services.AddRateLimiter(limiter =>
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            WhoOf(context), _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = limits.RequestsPerMinute,
                TokensPerPeriod = Math.Max(1, limits.RequestsPerMinute / Parts),
                ReplenishmentPeriod = limits.RequestsPerMinute >= Parts ? TimeSpan.FromMinutes(1) / Parts : TimeSpan.FromMinutes(1) / limits.RequestsPerMinute,
                QueueLimit = 0,
            }));
        limiter.OnRejected = async (rejected, _) =>
        {
            var seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var pause) ? Math.Max(1, (int)pause.TotalSeconds) : 1;
            rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await Problems.WriteAsync(
                rejected.HttpContext, StatusCodes.Status429TooManyRequests, "too_many_requests", $"More than {limits.RequestsPerMinute} requests a minute came with this key: slow down.");
        };
    });

    private static string WhoOf(HttpContext context)
        => context.Features.Get<Caller>() is { } caller ? $"key {caller.Id}" : $"address {context.Connection.RemoteIpAddress}";
}
