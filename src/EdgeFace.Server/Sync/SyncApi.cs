using System.Globalization;
using EdgeFace.Gallery.Sync;
using EdgeFace.Server.Api;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace EdgeFace.Server.Sync;

/// <summary>What boards ask for.</summary>
internal static class SyncApi
{
    public const string PageType = "application/vnd.edgeface.gallery-page";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var gallery = routes.MapGroup("/v1/gallery").WithTags("gallery").WithMetadata(AllowedRoles.Everyone);
        gallery.MapGet("/changes", ChangesAsync).WithSummary("The changes that follow a cursor, a page at a time; 204: none; 409: the cursor is ahead; 410: too old, fetch the snapshot.")
            .Produces<byte[]>(200, PageType).Produces(204).Produces(409).Produces(410);
        gallery.MapGet("/snapshot", SnapshotAsync).WithSummary("The pages that make the group as of one revision.").Produces<SnapshotManifest>();
        gallery.MapGet("/snapshot/{id:length(64)}", SnapshotPageAsync).WithSummary("One of them, by its hash; it never changes.").Produces<byte[]>(200, PageType);
        gallery.MapPost("/ack", AcknowledgeAsync).WithMetadata(AllowedRoles.Device).WithSummary("A board says what it holds, and proves it.").Accepts<SyncAcknowledgement>("application/json").Produces(204);
    }

    private static async Task<IResult> ChangesAsync(HttpContext context, Caller caller, IGalleryStore store, SyncDesk desk, long since, string? group)
    {
        var cancellation = context.RequestAborted;
        group = await GroupOfAsync(caller, group, store, cancellation);
        if (since < 0)
            throw new RequestException(400, "bad_cursor", "'since' must be 0 or more.");
        var head = await store.CurrentRevisionAsync(group, cancellation);
        if (since >= head)
        {
            Place(context.Response, await desk.PlaceAsync(group, head, cancellation), head);
            return TypedResults.StatusCode(since == head ? StatusCodes.Status204NoContent : StatusCodes.Status409Conflict);
        }

        if (since > 0 && since < await store.OldestCursorAsync(group, cancellation))
            throw new RequestException(410, "cursor_too_old", "What has changed since is not known any more: fetch /v1/gallery/snapshot.");
        var coding = PageCoding.Choose(context.Request.Headers.AcceptEncoding);
        var page = await desk.PageAsync(group, since, head, coding, cancellation);
        context.Response.Headers.CacheControl = "private, no-cache";
        return Body(context.Response, page);
    }

    private static async Task<IResult> SnapshotAsync(HttpContext context, Caller caller, IGalleryStore store, SyncDesk desk, string? group)
    {
        group = await GroupOfAsync(caller, group, store, context.RequestAborted);
        var manifest = await desk.SnapshotAsync(group, context.RequestAborted);
        context.Response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Bytes(manifest.Write(), "application/json");
    }

    private static async Task<IResult> SnapshotPageAsync(HttpContext context, Caller caller, IGalleryStore store, SyncDesk desk, string id, string? group)
    {
        group = await GroupOfAsync(caller, group, store, context.RequestAborted);
        var brotli = await desk.SnapshotPageAsync(group, id, context.RequestAborted) ?? throw RequestException.NotFound("page of a snapshot");
        var coding = PageCoding.Choose(context.Request.Headers.AcceptEncoding);
        var page = coding == PageCoding.Brotli
            ? new EncodedPage(brotli, coding, $"{id}-{coding}")
            : EncodedPage.Of(PageCoding.Decode(brotli, PageCoding.Brotli, SyncLimits.MaxPageBytes), coding);
        // A content's own hash is its address: whoever has it need not ask again.
        context.Response.Headers.CacheControl = "private, max-age=3600, immutable";
        return Body(context.Response, page);
    }

    private static async Task<IResult> AcknowledgeAsync(
        HttpContext context, Caller caller, IGalleryStore store, SyncDesk desk, AckDesk acks, TimeProvider time, ILogger<SyncDesk> logger)
    {
        var cancellation = context.RequestAborted;
        var acknowledgement = await ReadAsync(context);
        if (acknowledgement is null || acknowledgement.Revision < 0 || !IsDigest(acknowledgement.Digest) || !IsDigest(acknowledgement.Model))
            throw new RequestException(400, "bad_acknowledgement", "revision must be 0 or more, digest and model 64 lower-case hex digits.");
        var group = await GroupOfAsync(caller, null, store, cancellation);
        var place = await desk.PlaceAsync(group, acknowledgement.Revision, cancellation);
        if (acknowledgement.Revision == place.Revision && acknowledgement.Digest != Convert.ToHexStringLower(place.State))
        {
            SyncLog.BoardDiffers(logger, caller.DeviceId!, acknowledgement.Revision);
            throw new RequestException(409, "digest_differs", "The server holds something else at this revision.");
        }

        await acks.AddAsync(new DeviceAcknowledgement(caller.DeviceId!, acknowledgement.Revision, acknowledgement.Digest, acknowledgement.Model, time.GetUtcNow()), cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<SyncAcknowledgement?> ReadAsync(HttpContext context)
    {
        try
        {
            return await System.Text.Json.JsonSerializer.DeserializeAsync(context.Request.Body, SyncJson.Default.SyncAcknowledgement, context.RequestAborted);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>A device sees its own group and no other.</summary>
    private static async Task<string> GroupOfAsync(Caller caller, string? asked, IGalleryStore store, CancellationToken cancellation)
    {
        if (caller.DeviceId is not { } id)
            return asked ?? throw new RequestException(400, "group_missing", "Name the group: ?group=NAME.");
        var device = await store.FindDeviceAsync(id, cancellation) ?? throw RequestException.NotFound("device");
        return asked is null || asked == device.Group ? device.Group : throw new RequestException(403, "forbidden", "A device sees its own group alone.");
    }

    private static void Place(HttpResponse response, GroupPlace place, long head)
    {
        response.Headers.CacheControl = "private, no-store";
        response.Headers[SyncClient.EpochHeader] = place.Epoch.ToString();
        response.Headers[SyncClient.RevisionHeader] = Math.Max(head, place.Revision).ToString(CultureInfo.InvariantCulture);
        response.Headers[SyncClient.StateHeader] = Convert.ToHexStringLower(place.State);
    }

    /// <summary>Ranges are of the compressed bytes, which the tag names: a download goes on at any of them.</summary>
    private static FileContentHttpResult Body(HttpResponse response, EncodedPage page)
    {
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (page.Coding != PageCoding.Identity)
            response.Headers.ContentEncoding = page.Coding;
        return TypedResults.Bytes(page.Bytes, PageType, enableRangeProcessing: true, entityTag: new EntityTagHeaderValue($"\"{page.Tag}\""));
    }

    private static bool IsDigest(string? text) => text?.Length == 2 * SetDigest.DigestBytes && text.All(char.IsAsciiHexDigitLower);
}
