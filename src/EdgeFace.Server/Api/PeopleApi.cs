using EdgeFace.Gallery;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFace.Server.Api;

/// <summary>People.</summary>
internal static class PeopleApi
{
    private const int MaxPage = 1000;
    private const int DefaultPage = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var people = routes.MapGroup("/v1/people").WithTags("people").WithMetadata(AllowedRoles.Staff);
        people.MapGet("", ListAsync).WithSummary("People in the order of their making, a page at a time.").Produces<PeopleView>();
        people.MapPost("", CreateAsync).WithSummary("Adds a person.").Takes<PersonBody>().Produces<PersonView>(201);
        people.MapPost("/find", FindAsync).WithSummary("The person of a name, ignoring case. The name is in the body: addresses end up in logs.").Takes<FindBody>().Produces<PersonView>();
        people.MapGet("/{id:guid}", GetAsync).WithSummary("A person.").Produces<PersonView>();
        people.MapPut("/{id:guid}", PutAsync).WithSummary("Replaces all that can be said of a person.").Takes<PersonBody>().Produces<PersonView>();
        people.MapPatch("/{id:guid}", PatchAsync).WithSummary("Changes what the body names (RFC 7396); null takes away.").Takes<PersonBody>("application/merge-patch+json").Produces<PersonView>();
        people.MapDelete("/{id:guid}", EraseAsync).WithSummary("Erases a person: templates, photos, name; boards get a tombstone.").Produces<ErasureView>();
        people.MapGet("/{id:guid}/erasure", ErasureAsync).WithSummary("Which boards have confirmed the erasure of a person.").Produces<ErasureView>();
        people.MapGet("/{id:guid}/export", ExportAsync).WithSummary("Everything that is kept about a person.").Produces<ExportView>();
    }

    private static async Task<IResult> ListAsync(IGalleryStore store, HttpContext context, string? group, Guid? after, int? limit)
    {
        if (limit is < 1 or > MaxPage)
            throw new RequestException(400, "invalid", $"limit must be from 1 to {MaxPage}.");
        if (group is not null && !GroupName.IsValid(group))
            throw new RequestException(400, "invalid", $"group {GroupName.Rule}.");
        var page = await store.ListPeopleAsync(group, after, limit ?? DefaultPage, context.RequestAborted);
        return Bodies.Ok(new PeopleView([.. page.People.Select(PersonView.Of)], page.Next));
    }

    private static async Task<IResult> CreateAsync(IGalleryStore store, HttpContext context, Caller caller, PersonRules rules)
    {
        var draft = rules.DraftOf(await Bodies.ReadAsync<PersonBody>(context), present: null);
        var person = await store.CreatePersonAsync(draft, caller.Actor, context.RequestAborted);
        return Bodies.Created($"/v1/people/{person.Id}", PersonView.Of(person), person.Version);
    }

    private static async Task<IResult> FindAsync(IGalleryStore store, HttpContext context)
    {
        var body = await Bodies.ReadAsync<FindBody>(context);
        return await store.FindPersonByNameAsync(body.Name!.Trim(), context.RequestAborted) is { } person ? Show(person) : throw RequestException.NotFound("person");
    }

    private static async Task<IResult> GetAsync(IGalleryStore store, HttpContext context, Guid id) => Show(await PersonAsync(store, context, id));

    private static async Task<IResult> PutAsync(IGalleryStore store, HttpContext context, Caller caller, PersonRules rules, Guid id)
    {
        var draft = rules.DraftOf(await Bodies.ReadAsync<PersonBody>(context), present: null);
        return Show(await store.UpdatePersonAsync(id, draft, Versions.Expected(context), caller.Actor, context.RequestAborted) ?? throw RequestException.NotFound("person"));
    }

    private static async Task<IResult> PatchAsync(IGalleryStore store, HttpContext context, Caller caller, PersonRules rules, Guid id)
    {
        var present = await PersonAsync(store, context, id);
        var body = await Bodies.PatchAsync(context, PersonRules.BodyOf(present.Draft));
        // What the patch was laid over must still be there when it is written.
        var expected = Versions.Expected(context) ?? present.Version;
        return Show(await store.UpdatePersonAsync(id, rules.DraftOf(body, present.Draft), expected, caller.Actor, context.RequestAborted) ?? throw RequestException.NotFound("person"));
    }

    private static async Task<IResult> EraseAsync(IGalleryStore store, HttpContext context, Caller caller, Hosting.Scrubber scrubber, Guid id)
    {
        var erasure = await store.ErasePersonAsync(id, Versions.Expected(context), caller.Actor, context.RequestAborted) ?? throw RequestException.NotFound("person");
        scrubber.Wake();
        return Bodies.Ok(await ViewAsync(store, erasure, context.RequestAborted));
    }

    private static async Task<IResult> ErasureAsync(IGalleryStore store, HttpContext context, Guid id)
    {
        var erasure = await store.FindErasureAsync(id, context.RequestAborted) ?? throw RequestException.NotFound("erasure");
        return Bodies.Ok(await ViewAsync(store, erasure, context.RequestAborted));
    }

    private static async Task<IResult> ExportAsync(IGalleryStore store, HttpContext context, Caller caller, Guid id)
    {
        var export = await store.ExportPersonAsync(id, caller.Actor, context.RequestAborted) ?? throw RequestException.NotFound("person");
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"person-{id}.json\"";
        return Bodies.Ok(ExportView.Of(export));
    }

    private static async Task<ErasureView> ViewAsync(IGalleryStore store, Erasure erasure, CancellationToken cancellation)
    {
        var devices = (await store.ListDevicesAsync(cancellation)).Where(device => erasure.Groups.Contains(device.Group))
            .Select(device => new ErasureDeviceView(device.Id, device.Revision, device.AcknowledgedAt, device.Digest, device.Revision >= erasure.Revision)).ToList();
        return new ErasureView(erasure.PersonId, erasure.Revision, erasure.At, erasure.Scrubbed, devices.TrueForAll(device => device.Confirmed), devices);
    }

    private static async Task<PersonRecord> PersonAsync(IGalleryStore store, HttpContext context, Guid id)
        => await store.FindPersonAsync(id, context.RequestAborted) ?? throw RequestException.NotFound("person");

    private static IResult Show(PersonRecord person) => Bodies.Ok(PersonView.Of(person), person.Version);
}

/// <summary>What the fields of a person must be, beyond their own ranges.</summary>
internal sealed class PersonRules(TimeProvider time, Configuration.ServerOptions options)
{
    /// <param name="present">What is kept of a person who is there: an expiry that stays as it is may lie in the past; null for a new one.</param>
    public PersonDraft DraftOf(PersonBody body, PersonDraft? present)
    {
        var errors = new List<SettingsError>();
        if (!PersonName.TryParse(body.Name, out var name, out var reason))
            errors.Add(new SettingsError("name", reason));
        var groups = (body.Groups ?? [StoreSchema.DefaultGroup]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        for (var i = 0; i < groups.Length; i++)
        {
            if (!GroupName.IsValid(groups[i]))
                errors.Add(new SettingsError($"groups[{i}]", GroupName.Rule));
        }

        var expires = ExpiryOf(body, present, errors);
        return errors.Count == 0 ? new PersonDraft(name!, groups, body.Threshold, body.ConsentReference, expires) : throw Bodies.Invalid(errors);
    }

    public static PersonBody BodyOf(PersonDraft draft) => new()
    {
        Name = draft.Name, Groups = draft.Groups, Threshold = draft.Threshold, ConsentReference = draft.ConsentReference, ExpiresAt = draft.ExpiresAt,
    };

    private DateTimeOffset? ExpiryOf(PersonBody body, PersonDraft? present, List<SettingsError> errors)
    {
        var now = time.GetUtcNow();
        // A patch that names days is laid over a body that has a time.
        var same = body.ExpiresAt is not null && body.ExpiresAt == present?.ExpiresAt;
        if (body.RetentionDays is { } days && (body.ExpiresAt is null || same))
            return ToMilliseconds(now.AddDays(days));
        if (body.RetentionDays is not null)
            errors.Add(new SettingsError("retention_days", "is given together with expires_at: give one of them"));
        if (!same && body.ExpiresAt is { } given && (given <= now || given > now.AddDays(PersonBody.MaxRetentionDays)))
            errors.Add(new SettingsError("expires_at", "must lie in the future, and within a hundred years"));
        return body.ExpiresAt is { } at ? ToMilliseconds(at)
            : present is null && options.Retention.DefaultDays is { } standard ? ToMilliseconds(now.AddDays(standard))
            : null;
    }

    private static DateTimeOffset ToMilliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}

/// <summary>What groups and devices may be called: they stand in addresses and MQTT topics.</summary>
internal static class GroupName
{
    public const string Rule = "must be 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', and begin with a letter or digit";

    public static bool IsValid(string name)
        => name.Length is >= 1 and <= 64 && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');
}
