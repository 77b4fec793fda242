using EdgeFace.Server.Configuration;
using EdgeFace.Server.Faces;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFace.Server.Api;

/// <summary>Keys, the audit trail, and who is asking.</summary>
internal static class AdminApi
{
    private const int MaxPage = 1000;
    private const int DefaultPage = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/v1/keys").WithTags("keys").WithMetadata(AllowedRoles.Admin);
        keys.MapGet("", ListKeysAsync).WithSummary("All keys, without their secrets.").Produces<KeysView>();
        keys.MapPost("", CreateKeyAsync).WithSummary("Makes a key. Its text is in the answer and nowhere else.").Takes<KeyBody>().Produces<NewKeyView>(201);
        keys.MapDelete("/{id}", RevokeKeyAsync).WithSummary("Revokes a key, at once and for good.").Produces(204);
        routes.MapGet("/v1/audit", AuditAsync).WithTags("audit").WithMetadata(AllowedRoles.Admin).WithSummary("The audit trail, the newest first.").Produces<AuditPageView>();
        routes.MapGet("/v1/me", Me).WithTags("keys").WithMetadata(AllowedRoles.Everyone).WithSummary("Whose key this is.").Produces<MeView>();
    }

    private static async Task<IResult> ListKeysAsync(IGalleryStore store, HttpContext context)
        => Bodies.Ok(new KeysView([.. (await store.ListKeysAsync(context.RequestAborted)).Select(KeyView.Of)]));

    private static async Task<IResult> CreateKeyAsync(IGalleryStore store, HttpContext context, Caller caller, TimeProvider time)
    {
        var body = await Bodies.ReadAsync<KeyBody>(context);
        if (body.Role == Role.Device != (body.DeviceId is not null))
            throw Bodies.Invalid([new SettingsError("device_id", "goes with the role device, and only with it")]);
        var (text, record) = ApiKey.Create(body.Role!.Value, body.DeviceId, body.Label, time);
        await store.AddKeyAsync(record, caller.Actor, context.RequestAborted);
        return Bodies.Created($"/v1/keys/{record.Id}", new NewKeyView(text, KeyView.Of(record)));
    }

    private static async Task<IResult> RevokeKeyAsync(IGalleryStore store, HttpContext context, Caller caller, string id)
        => await store.RevokeKeyAsync(id, caller.Actor, context.RequestAborted) ? Results.NoContent() : throw RequestException.NotFound("key in use");

    private static async Task<IResult> AuditAsync(IGalleryStore store, HttpContext context, long? before, Guid? person, int? limit)
    {
        if (limit is < 1 or > MaxPage)
            throw new RequestException(400, "invalid", $"limit must be from 1 to {MaxPage}.");
        var entries = await store.ReadAuditAsync(before, person, limit ?? DefaultPage, context.RequestAborted);
        var names = await NamesAsync(store, entries, context.RequestAborted);
        var views = entries.Select(entry => new AuditView(
            entry.Number, entry.At, entry.Actor, entry.Action, entry.PersonId, entry.PersonId is { } id ? names.GetValueOrDefault(id) : null, entry.Detail)).ToList();
        return Bodies.Ok(new AuditPageView(views, entries.Count == (limit ?? DefaultPage) ? entries[^1].Number : null));
    }

    private static IResult Me(Caller caller, FaceWorkshop workshop, ServerOptions options)
        => Bodies.Ok(new MeView(caller.Id, caller.Role, caller.DeviceId, workshop.ModelSha256, options.Photos.Keep));

    /// <summary>The trail holds ids; who is still there has a name.</summary>
    private static async Task<Dictionary<Guid, string>> NamesAsync(IGalleryStore store, IReadOnlyList<AuditEntry> entries, CancellationToken cancellation)
    {
        var names = new Dictionary<Guid, string>();
        foreach (var id in entries.Select(entry => entry.PersonId).OfType<Guid>().Distinct())
        {
            if (await store.FindPersonAsync(id, cancellation) is { } person)
                names.Add(id, person.Draft.Name);
        }

        return names;
    }
}
