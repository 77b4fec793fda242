using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace EdgeFace.Server.Api;

/// <summary>Errors as RFC 9457 has them: <c>application/problem+json</c> with a code for programs and one sentence for people.</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    public static Task WriteAsync(HttpContext context, int status, string code, string detail, JsonObject? further = null)
    {
        var problem = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["code"] = code,
            ["detail"] = detail,
        };
        foreach (var (name, value) in further ?? [])
            problem[name] = value?.DeepClone();
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        return context.Response.WriteAsync(problem.ToJsonString(Bodies.Json));
    }

    /// <summary>Whatever goes wrong in a request becomes a problem; only what nobody expected is logged with its stack.</summary>
    public static async Task CatchAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, error, logger);
        }
    }

    /// <summary>For answers that have a status and nothing else, such as of addresses that are not there.</summary>
    public static Task FillAsync(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => WriteAsync(context, 404, "not_found", "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => WriteAsync(context, 405, "method_not_allowed", $"This address does not take {context.Request.Method}."),
        StatusCodes.Status413PayloadTooLarge => WriteAsync(context, 413, "too_large", "The body is too large."),
        StatusCodes.Status415UnsupportedMediaType => WriteAsync(context, 415, "unsupported_media_type", "The body's Content-Type is not taken here."),
        var status => WriteAsync(context, status, "failed", "The request cannot be served."),
    };

    private static Task AnswerAsync(HttpContext context, Exception error, ILogger logger)
    {
        switch (error)
        {
            case RequestException bad:
                return WriteAsync(context, bad.Status, bad.Code, bad.Message, bad.Further);
            case StoreRefusalException refusal:
                return WriteAsync(context, StatusOf(refusal.Kind), JsonNamingPolicy.SnakeCaseLower.ConvertName(refusal.Kind.ToString()), refusal.Message);
            case BadHttpRequestException bad:
                return bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? WriteAsync(context, 413, "too_large", "The body is too large.")
                    : WriteAsync(context, bad.StatusCode, "bad_request", "The request cannot be understood: a value in its address or header has the wrong form.");
            case OperationCanceledException when context.RequestAborted.IsCancellationRequested:
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                return Task.CompletedTask;
            case InputException store:
                Log.StoreFailed(logger, store.Message);
                context.Response.Headers.RetryAfter = "5";
                return WriteAsync(context, 503, "store_unavailable", "The server's store cannot be used at the moment: try again later.");
            default:
                Log.RequestFailed(logger, error, context.Request.Method, (context.GetEndpoint() as Microsoft.AspNetCore.Routing.RouteEndpoint)?.RoutePattern.RawText);
                return WriteAsync(context, 500, "internal", "The server failed; its log says why.");
        }
    }

    private static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Stale => StatusCodes.Status412PreconditionFailed,
        RefusalKind.Unknown => StatusCodes.Status422UnprocessableEntity,
        _ => StatusCodes.Status409Conflict,
    };
}

/// <summary>A request cannot be served as it is; the message is one clear sentence for whoever made it.</summary>
internal sealed class RequestException(int status, string code, string message, JsonObject? further = null) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public JsonObject? Further { get; } = further;

    public static RequestException NotFound(string what) => new(StatusCodes.Status404NotFound, "not_found", $"There is no such {what}.");
}
