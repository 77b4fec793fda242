using System.Data.Common;
using EdgeFace.Gallery;

namespace EdgeFace.Server.Storage;

/// <summary>Templates and photos.</summary>
internal sealed partial class GalleryStore
{
    /// <summary>More pictures of one person make matching slower, not better.</summary>
    public const int MaxTemplates = 32;

    public Task<(PersonRecord Person, IReadOnlyList<Guid> Templates)?> AddTemplatesAsync(
        Guid personId, IReadOnlyList<TemplateDraft> drafts, long? expected, Actor actor, CancellationToken cancellation)
        => WriteAsync<(PersonRecord, IReadOnlyList<Guid>)?>(async session =>
        {
            await session.TakeTurnAsync();
            if (await FindAsync(session, personId) is not { } person)
                return null;
            Expect(person, expected);
            var model = drafts[0].ModelId;
            if (person.ModelId is not null && person.ModelId != model)
                await DropTemplatesAsync(session, personId);
            else if (person.Templates + drafts.Count > MaxTemplates)
                throw new StoreRefusalException(RefusalKind.Full, $"The person has {person.Templates} templates, and at most {MaxTemplates} are kept: remove some first.");
            var ids = new List<Guid>();
            foreach (var draft in drafts)
                ids.Add(await InsertAsync(session, personId, draft));
            await TouchAsync(session, person, model);
            foreach (var id in ids)
                await NoteAsync(session, actor, "template.add", personId, id.ToString());
            return ((await FindAsync(session, personId))!, ids);
        }, cancellation);

    public Task<IReadOnlyList<TemplateInfo>> ListTemplatesAsync(Guid personId, CancellationToken cancellation)
        => ReadAsync<IReadOnlyList<TemplateInfo>>(async session => await TemplatesAsync(session, personId), cancellation);

    public Task<PersonRecord?> RemoveTemplateAsync(Guid personId, Guid templateId, long? expected, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (await FindAsync(session, personId) is not { } person)
            return null;
        Expect(person, expected);
        await session.ExecuteAsync("DELETE FROM photos WHERE template_id = $1 AND person_id = $2", templateId.ToString(), personId.ToString());
        if (await session.ExecuteAsync("DELETE FROM templates WHERE id = $1 AND person_id = $2", templateId.ToString(), personId.ToString()) == 0)
            return null;
        await session.ExecuteAsync("UPDATE state SET deletions = deletions + 1");
        await TouchAsync(session, person, person.Templates == 1 ? null : person.ModelId);
        await NoteAsync(session, actor, "template.remove", personId, templateId.ToString());
        return await FindAsync(session, personId);
    }, cancellation);

    public Task<byte[]?> FindPhotoAsync(Guid personId, Guid templateId, CancellationToken cancellation) => ReadAsync(
        session => session.FindAsync(
            row => _seal.Open(row.GetFieldValue<byte[]>(0), Owners.Photo(templateId)), "SELECT picture FROM photos WHERE template_id = $1 AND person_id = $2", templateId.ToString(), personId.ToString()),
        cancellation);

    public Task<IReadOnlyList<Guid>> PeopleOfOtherModelsAsync(string modelId, Guid? after, int limit, CancellationToken cancellation)
        => ReadAsync<IReadOnlyList<Guid>>(async session => await session.ListAsync(
            row => row.Id(0),
            "SELECT id FROM people p WHERE model_id <> $1 AND id > $2 AND EXISTS (SELECT 1 FROM photos h WHERE h.person_id = p.id) ORDER BY id LIMIT $3",
            modelId, after?.ToString() ?? "", (long)limit), cancellation);

    public Task<IReadOnlyList<byte[]>> PhotosOfAsync(Guid personId, CancellationToken cancellation)
        => ReadAsync<IReadOnlyList<byte[]>>(async session => await session.ListAsync(
            row => _seal.Open(row.GetFieldValue<byte[]>(1), Owners.Photo(row.Id(0))),
            "SELECT template_id, picture FROM photos WHERE person_id = $1 ORDER BY template_id", personId.ToString()), cancellation);

    public Task<PersonExport?> ExportPersonAsync(Guid id, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (await FindAsync(session, id) is not { } person)
            return null;
        await NoteAsync(session, actor, "person.export", id, null);
        var templates = await session.ListAsync(
            row => (InfoAt(row), _seal.OpenVector(row.GetFieldValue<byte[]>(6), row.Id(0)), row.BytesOrNull(7) is { } photo ? _seal.Open(photo, Owners.Photo(row.Id(0))) : null),
            """
            SELECT t.id, t.model_id, t.dimension, t.quality, h.template_id, t.created_at, t.vector, h.picture
            FROM templates t LEFT JOIN photos h ON h.template_id = t.id WHERE t.person_id = $1 ORDER BY t.id
            """,
            id.ToString());
        var audit = await session.ListAsync(AuditAt, $"{AuditColumns} WHERE person_id = $1 ORDER BY number", id.ToString());
        return new PersonExport(person, templates, audit);
    }, cancellation);

    private static Task<List<TemplateInfo>> TemplatesAsync(SqlSession session, Guid personId) => session.ListAsync(
        InfoAt,
        """
        SELECT t.id, t.model_id, t.dimension, t.quality, h.template_id, t.created_at
        FROM templates t LEFT JOIN photos h ON h.template_id = t.id WHERE t.person_id = $1 ORDER BY t.id
        """,
        personId.ToString());

    private async Task<Guid> InsertAsync(SqlSession session, Guid personId, TemplateDraft draft)
    {
        var id = NewId();
        await session.ExecuteAsync(
            "INSERT INTO templates (id, person_id, model_id, dimension, vector, quality, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            id.ToString(), personId.ToString(), draft.ModelId, (long)draft.Vector.Length, _seal.Seal(VectorBlob.Write(draft.Vector), Owners.Vector(id)), draft.Quality, Now());
        if (draft.Photo is { } photo)
            await session.ExecuteAsync("INSERT INTO photos (template_id, person_id, picture) VALUES ($1, $2, $3)", id.ToString(), personId.ToString(), _seal.Seal(photo, Owners.Photo(id)));
        return id;
    }

    private static async Task DropTemplatesAsync(SqlSession session, Guid personId)
    {
        await session.ExecuteAsync("DELETE FROM photos WHERE person_id = $1", personId.ToString());
        await session.ExecuteAsync("DELETE FROM templates WHERE person_id = $1", personId.ToString());
        await session.ExecuteAsync("UPDATE state SET deletions = deletions + 1");
    }

    /// <summary>Gives a changed person the next revision, in all its groups.</summary>
    private async Task TouchAsync(SqlSession session, PersonRecord person, string? model)
    {
        var revision = await session.NextRevisionAsync();
        await session.ExecuteAsync("UPDATE people SET model_id = $2, version = $3, updated_at = $4 WHERE id = $1", person.Id.ToString(), model, revision, Now());
        await ShowAsync(session, person.Id, person.Draft.Groups, revision);
    }

    private static TemplateInfo InfoAt(DbDataReader row)
        => new(row.Id(0), row.GetString(1), (int)row.GetInt64(2), row.GetFloat(3), !row.IsDBNull(4), row.Time(5));
}
