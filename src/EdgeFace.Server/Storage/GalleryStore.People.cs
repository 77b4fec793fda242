using System.Data.Common;

namespace EdgeFace.Server.Storage;

/// <summary>People.</summary>
internal sealed partial class GalleryStore
{
    private const string PersonColumns =
        """
        SELECT p.id, p.name, p.threshold, p.consent, p.expires_at, p.version, p.model_id, p.created_at, p.updated_at,
            (SELECT COUNT(*) FROM templates t WHERE t.person_id = p.id), (SELECT COUNT(*) FROM photos h WHERE h.person_id = p.id)
        FROM people p
        """;

    public Task<PersonRecord?> FindPersonAsync(Guid id, CancellationToken cancellation) => ReadAsync(session => FindAsync(session, id), cancellation);

    public Task<PersonRecord?> FindPersonByNameAsync(string name, CancellationToken cancellation) => ReadAsync(async session =>
    {
        var ids = await session.ListAsync(row => row.Id(0), "SELECT id FROM people WHERE name_key = $1", _seal.IndexOf(name));
        return ids is [var id] ? await FindAsync(session, id) : null;
    }, cancellation);

    public Task<PeoplePage> ListPeopleAsync(string? group, Guid? after, int limit, CancellationToken cancellation) => ReadAsync(async session =>
    {
        var begin = after?.ToString() ?? "";
        var rows = group is null
            ? await session.ListAsync(PersonAt, $"{PersonColumns} WHERE p.id > $1 ORDER BY p.id LIMIT $2", begin, limit + 1L)
            : await session.ListAsync(
                PersonAt,
                $"{PersonColumns} WHERE p.id > $1 AND p.id IN (SELECT person_id FROM feed WHERE group_name = $3 AND removed_at IS NULL) ORDER BY p.id LIMIT $2",
                begin, limit + 1L, group);
        var more = rows.Count > limit;
        if (more)
            rows.RemoveAt(limit);
        return new PeoplePage(await WithGroupsAsync(session, rows), more ? rows[^1].Id : null);
    }, cancellation);

    public Task<PersonRecord> CreatePersonAsync(PersonDraft draft, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        var revision = await session.NextRevisionAsync();
        await CheckAsync(session, draft, self: null);
        var id = NewId();
        var now = Now();
        await session.ExecuteAsync(
            """
            INSERT INTO people (id, name, name_key, threshold, consent, expires_at, model_id, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8, $8)
            """,
            id.ToString(), _seal.SealText(draft.Name, Owners.Name(id)), _seal.IndexOf(draft.Name), draft.Threshold, Consent(id, draft), draft.ExpiresAt?.ToUnixTimeMilliseconds(), revision, now);
        await ShowAsync(session, id, draft.Groups, revision);
        await NoteAsync(session, actor, "person.create", id, null);
        return (await FindAsync(session, id))!;
    }, cancellation);

    public Task<PersonRecord?> UpdatePersonAsync(Guid id, PersonDraft draft, long? expected, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (await FindAsync(session, id) is not { } person)
            return null;
        Expect(person, expected);
        if (Same(person.Draft, draft))
            return person;
        await CheckAsync(session, draft, id);
        var revision = await session.NextRevisionAsync();
        await session.ExecuteAsync(
            "UPDATE people SET name = $2, name_key = $3, threshold = $4, consent = $5, expires_at = $6, version = $7, updated_at = $8 WHERE id = $1",
            id.ToString(), _seal.SealText(draft.Name, Owners.Name(id)), _seal.IndexOf(draft.Name), draft.Threshold, Consent(id, draft), draft.ExpiresAt?.ToUnixTimeMilliseconds(), revision, Now());
        await ShowAsync(session, id, draft.Groups, revision);
        await NoteAsync(session, actor, "person.update", id, null);
        return await FindAsync(session, id);
    }, cancellation);

    public Task<Erasure?> ErasePersonAsync(Guid id, long? expected, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (await FindAsync(session, id) is not { } person)
            return null;
        Expect(person, expected);
        var revision = await session.NextRevisionAsync();
        var key = id.ToString();
        await session.ExecuteAsync("DELETE FROM photos WHERE person_id = $1", key);
        await session.ExecuteAsync("DELETE FROM templates WHERE person_id = $1", key);
        await session.ExecuteAsync("DELETE FROM people WHERE id = $1", key);
        await ShowAsync(session, id, [], revision);
        await session.ExecuteAsync(
            "INSERT INTO erasures (person_id, revision, at, groups) VALUES ($1, $2, $3, $4)", key, revision, Now(), string.Join(' ', person.Draft.Groups));
        await session.ExecuteAsync("UPDATE state SET deletions = deletions + 1");
        await NoteAsync(session, actor, "person.erase", id, null);
        return await ErasureAsync(session, id);
    }, cancellation);

    public Task<Erasure?> FindErasureAsync(Guid personId, CancellationToken cancellation) => ReadAsync(session => ErasureAsync(session, personId), cancellation);

    public Task<IReadOnlyList<Guid>> ExpiredPeopleAsync(DateTimeOffset now, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<Guid>>(
        async session => await session.ListAsync(
            row => row.Id(0), "SELECT id FROM people WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2", now.ToUnixTimeMilliseconds(), (long)limit),
        cancellation);

    /// <summary>Brings the feed in line: the person is in these groups and no others, as of a revision.</summary>
    private async Task ShowAsync(SqlSession session, Guid person, IReadOnlyList<string> groups, long revision)
    {
        var before = await GroupsOfAsync(session, person);
        foreach (var group in groups)
        {
            await session.ExecuteAsync(
                """
                INSERT INTO feed (group_name, person_id, revision, removed_at) VALUES ($1, $2, $3, NULL)
                ON CONFLICT (group_name, person_id) DO UPDATE SET revision = excluded.revision, removed_at = NULL
                """,
                group, person.ToString(), revision);
            await session.MoveAsync(group);
        }

        foreach (var group in before.Except(groups))
        {
            await session.ExecuteAsync(
                "UPDATE feed SET revision = $3, removed_at = $4 WHERE group_name = $1 AND person_id = $2", group, person.ToString(), revision, Now());
            await session.MoveAsync(group);
        }
    }

    private async Task CheckAsync(SqlSession session, PersonDraft draft, Guid? self)
    {
        if (await session.NumberAsync("SELECT COUNT(*) FROM people WHERE name_key = $1 AND id <> $2", _seal.IndexOf(draft.Name), self?.ToString() ?? "") > 0)
            throw new StoreRefusalException(RefusalKind.Taken, "Another person has this name: give each person a name of their own.");
        foreach (var group in draft.Groups)
        {
            if (await session.NumberAsync("SELECT COUNT(*) FROM groups WHERE name = $1", group) == 0)
                throw UnknownGroup(group);
        }
    }

    private static void Expect(PersonRecord person, long? expected)
    {
        if (expected is { } version && version != person.Version)
            throw new StoreRefusalException(RefusalKind.Stale, "The person has been changed since: read it again and repeat the change.");
    }

    private static bool Same(PersonDraft one, PersonDraft other)
        => one with { Groups = other.Groups } == other && one.Groups.Order(StringComparer.Ordinal).SequenceEqual(other.Groups.Order(StringComparer.Ordinal));

    private byte[]? Consent(Guid id, PersonDraft draft)
        => draft.ConsentReference is { } reference ? _seal.SealText(reference, Owners.Consent(id)) : null;

    private async Task<PersonRecord?> FindAsync(SqlSession session, Guid id)
    {
        var rows = await session.ListAsync(PersonAt, $"{PersonColumns} WHERE p.id = $1", id.ToString());
        return rows.Count == 0 ? null : rows[0] with { Draft = rows[0].Draft with { Groups = await GroupsOfAsync(session, id) } };
    }

    private static Task<List<string>> GroupsOfAsync(SqlSession session, Guid person) => session.ListAsync(
        row => row.GetString(0), "SELECT group_name FROM feed WHERE person_id = $1 AND removed_at IS NULL ORDER BY group_name", person.ToString());

    private static async Task<List<PersonRecord>> WithGroupsAsync(SqlSession session, List<PersonRecord> people)
    {
        if (people.Count == 0)
            return people;
        var memberships = await session.ListAsync(
            row => (Person: row.Id(0), Group: row.GetString(1)),
            "SELECT person_id, group_name FROM feed WHERE removed_at IS NULL AND person_id >= $1 AND person_id <= $2 ORDER BY group_name",
            people[0].Id.ToString(), people[^1].Id.ToString());
        var byPerson = memberships.ToLookup(it => it.Person, it => it.Group);
        return people.ConvertAll(person => person with { Draft = person.Draft with { Groups = [.. byPerson[person.Id]] } });
    }

    private PersonRecord PersonAt(DbDataReader row) => new(
        row.Id(0),
        new PersonDraft(
            _seal.OpenText(row.GetFieldValue<byte[]>(1), Owners.Name(row.Id(0))), [], row.FloatOrNull(2), row.BytesOrNull(3) is { } consent ? _seal.OpenText(consent, Owners.Consent(row.Id(0))) : null, row.TimeOrNull(4)),
        row.GetInt64(5), row.TextOrNull(6), (int)row.GetInt64(9), (int)row.GetInt64(10), row.Time(7), row.Time(8));

    private async Task<Erasure?> ErasureAsync(SqlSession session, Guid person)
    {
        var scrubbed = await session.NumberAsync("SELECT deletions - scrubbed FROM state") == 0 && !_traces;
        return await session.FindAsync(
            row => new Erasure(row.Id(0), row.GetInt64(1), row.Time(2), row.GetString(3).Split(' ', StringSplitOptions.RemoveEmptyEntries), scrubbed),
            "SELECT person_id, revision, at, groups FROM erasures WHERE person_id = $1", person.ToString());
    }
}
