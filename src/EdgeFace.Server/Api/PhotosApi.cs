using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core.Faces;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Faces;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace EdgeFace.Server.Api;

/// <summary>Photos of people and the templates made of them.</summary>
internal static class PhotosApi
{
    /// <summary>Most bytes of a photo.</summary>
    public const int MaxPhotoBytes = 15_000_000;

    /// <summary>A form says a little more than its photo.</summary>
    private const int MaxFormBytes = MaxPhotoBytes + (64 << 10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var person = routes.MapGroup("/v1/people/{id:guid}").WithTags("photos").WithMetadata(AllowedRoles.Staff);
        person.MapPost("/photos", AddPhotoAsync).WithMetadata(new RequestSizeLimitAttribute(MaxFormBytes))
            .WithSummary("Judges a photo and, when it is good enough, adds a template of its face. largest=true takes the largest of several faces.")
            .Accepts<IFormFile>("image/jpeg", "image/png", "multipart/form-data").Produces<AddedView>(201);
        person.MapGet("/templates", ListAsync).WithSummary("A person's templates, without their vectors.").Produces<TemplatesView>();
        person.MapPost("/templates", AddTemplateAsync).WithSummary("Adds a template that was made on a board.").Takes<TemplateBody>().Produces<AddedView>(201);
        person.MapDelete("/templates/{template:guid}", RemoveAsync).WithSummary("Removes a template and its photo.").Produces<PersonView>();
        person.MapGet("/templates/{template:guid}/photo", PhotoAsync).WithSummary("The photo of a template, where photos are kept.").Produces(200, contentType: "image/jpeg");
    }

    private static async Task<IResult> AddPhotoAsync(
        IGalleryStore store, HttpContext context, Caller caller, FaceWorkshop workshop, ServerOptions options, Hosting.Scrubber scrubber, Guid id, bool? largest)
    {
        // Before the work of judging; the store looks again.
        _ = await store.FindPersonAsync(id, context.RequestAborted) ?? throw RequestException.NotFound("person");
        var bytes = await PhotoUpload.ReadAsync(context, MaxPhotoBytes);
        var judged = await workshop.JudgeAsync(bytes, largest == true, options.Photos.Keep, context.RequestAborted);
        if (judged.Embedding is not { } embedding)
        {
            throw new RequestException(
                StatusCodes.Status422UnprocessableEntity, "photo_refused", $"The photo was refused: {judged.View.Reason}.",
                new JsonObject { ["verdict"] = JsonSerializer.SerializeToNode(judged.View, Bodies.Json) });
        }

        var draft = new TemplateDraft(workshop.ModelSha256, embedding.Values.ToArray(), judged.View.Quality!.Total, judged.Photo);
        return await AddAsync(store, context, caller, scrubber, id, draft, judged.View);
    }

    private static async Task<IResult> ListAsync(IGalleryStore store, HttpContext context, Guid id)
    {
        _ = await store.FindPersonAsync(id, context.RequestAborted) ?? throw RequestException.NotFound("person");
        return Bodies.Ok(new TemplatesView([.. (await store.ListTemplatesAsync(id, context.RequestAborted)).Select(TemplateView.Of)]));
    }

    private static async Task<IResult> AddTemplateAsync(IGalleryStore store, HttpContext context, Caller caller, FaceWorkshop workshop, Hosting.Scrubber scrubber, Guid id)
    {
        var body = await Bodies.ReadAsync<TemplateBody>(context);
        if (body.ModelSha256 != workshop.ModelSha256)
        {
            throw new RequestException(
                StatusCodes.Status409Conflict, "other_model", "The template was made with another embedder than the server's: templates of different models cannot be compared.",
                new JsonObject { ["model_sha256"] = workshop.ModelSha256 });
        }

        if (body.Vector!.Count != workshop.Dimension)
            throw Bodies.Invalid([new SettingsError("vector", $"must hold {workshop.Dimension} numbers, holds {body.Vector.Count}")]);
        var draft = new TemplateDraft(body.ModelSha256!, Normalize(workshop.ModelId, body.Vector), body.Quality, null);
        return await AddAsync(store, context, caller, scrubber, id, draft, null);
    }

    private static async Task<IResult> RemoveAsync(IGalleryStore store, HttpContext context, Caller caller, Hosting.Scrubber scrubber, Guid id, Guid template)
    {
        var person = await store.RemoveTemplateAsync(id, template, Versions.Expected(context), caller.Actor, context.RequestAborted) ?? throw RequestException.NotFound("template");
        scrubber.Wake();
        return Bodies.Ok(PersonView.Of(person), person.Version);
    }

    private static async Task<IResult> PhotoAsync(IGalleryStore store, HttpContext context, Guid id, Guid template)
        => await store.FindPhotoAsync(id, template, context.RequestAborted) is { } photo ? Results.Bytes(photo, "image/jpeg") : throw RequestException.NotFound("photo");

    private static async Task<IResult> AddAsync(
        IGalleryStore store, HttpContext context, Caller caller, Hosting.Scrubber scrubber, Guid id, TemplateDraft draft, VerdictView? verdict)
    {
        var added = await store.AddTemplatesAsync(id, [draft], Versions.Expected(context), caller.Actor, context.RequestAborted) ?? throw RequestException.NotFound("person");
        // Templates of another model may have gone.
        scrubber.Wake();
        var template = added.Templates[0];
        return Bodies.Created($"/v1/people/{id}/templates/{template}", new AddedView(template, PersonView.Of(added.Person), verdict), added.Person.Version);
    }

    private static float[] Normalize(string modelId, IReadOnlyList<float> vector)
    {
        try
        {
            return Embedding.Normalize(modelId, [.. vector]).Values.ToArray();
        }
        catch (ArgumentException)
        {
            throw Bodies.Invalid([new SettingsError("vector", "must have a direction: not all numbers may be 0")]);
        }
    }
}
