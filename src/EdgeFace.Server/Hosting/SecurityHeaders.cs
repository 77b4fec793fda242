using Microsoft.AspNetCore.Http;

namespace EdgeFace.Server.Hosting;

/// <summary>What browsers are told about every answer. There is no CORS: pages of others cannot read anything here.</summary>
internal static class SecurityHeaders
{
    private const string OfPage =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; "
        + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string OfApi = "default-src 'none'; frame-ancestors 'none'";

    public static Task SetAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        var api = context.Request.Path.StartsWithSegments("/v1");
        headers.ContentSecurityPolicy = api ? OfApi : OfPage;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()";
        headers.CacheControl = api ? "no-store" : "no-cache";
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        return next(context);
    }
}
