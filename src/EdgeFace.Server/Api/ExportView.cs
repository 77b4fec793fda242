using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Api;

/// <summary>Everything about a person, as they may ask for it.</summary>
/// <param name="Audit">Who did what about the person, and when; by the ids of keys.</param>
internal sealed record ExportView(PersonView Person, IReadOnlyList<ExportTemplateView> Templates, IReadOnlyList<AuditView> Audit)
{
    public static ExportView Of(PersonExport export) => new(
        PersonView.Of(export.Person),
        [.. export.Templates.Select(item => new ExportTemplateView(
            item.Info.Id, item.Info.ModelId, item.Info.Quality, item.Info.CreatedAt, item.Vector, item.Photo, item.Photo is null ? null : "image/jpeg"))],
        [.. export.Audit.Select(entry => new AuditView(entry.Number, entry.At, entry.Actor, entry.Action, entry.PersonId, null, entry.Detail))]);
}

/// <param name="Photo">base64.</param>
internal sealed record ExportTemplateView(
    Guid Id, string ModelSha256, float Quality, DateTimeOffset CreatedAt, IReadOnlyList<float> Vector, byte[]? Photo, string? PhotoType);
