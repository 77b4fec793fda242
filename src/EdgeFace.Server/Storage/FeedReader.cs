using System.Data.Common;

namespace EdgeFace.Server.Storage;

/// <summary>Makes a page of changes from the feed and the people's present state.</summary>
internal static class FeedReader
{
    private const string OfPage =
        "SELECT person_id FROM feed WHERE group_name = $1 AND revision > $2 AND revision <= $3 AND removed_at IS NULL";

    public static async Task<ChangePage> ReadAsync(SqlSession session, string group, long since, int maxChanges)
    {
        var (current, threshold) = await GroupAsync(session, group);
        var rows = await session.ListAsync(
            row => RowAt(session.Seal, row),
            """
            SELECT f.revision, f.person_id, f.removed_at, p.name, p.model_id, p.threshold
            FROM feed f LEFT JOIN people p ON p.id = f.person_id
            WHERE f.group_name = $1 AND f.revision > $2 ORDER BY f.revision LIMIT $3
            """,
            group, since, (long)maxChanges);
        if (rows.Count == 0)
            return new ChangePage([], current, current, threshold);

        var last = rows[^1].Revision;
        var templates = await TemplatesAsync(session, group, since, last);
        var groups = await GroupsAsync(session, group, since, last);
        var changes = rows.ConvertAll(row => row.Removed
            ? new GalleryChange(row.Revision, ChangeKind.Tombstone, row.Person, null, null, [], null, [])
            : new GalleryChange(
                row.Revision, ChangeKind.Upsert, row.Person, row.Name, row.Model, templates.GetValueOrDefault(row.Person) ?? [], row.Threshold,
                groups.GetValueOrDefault(row.Person) ?? []));
        return new ChangePage(changes, rows.Count < maxChanges ? current : last, current, threshold);
    }

    private static async Task<(long Current, float? Threshold)> GroupAsync(SqlSession session, string group)
    {
        var found = await session.ListAsync(
            row => (row.GetInt64(0), row.FloatOrNull(1) ?? row.FloatOrNull(2)),
            "SELECT g.revision, g.threshold, s.threshold FROM groups g CROSS JOIN state s WHERE g.name = $1", group);
        return found is [var it] ? it : throw GalleryStore.UnknownGroup(group);
    }

    private static async Task<Dictionary<Guid, List<StoredTemplate>>> TemplatesAsync(SqlSession session, string group, long since, long last)
    {
        var all = await session.ListAsync(
            row => (Person: row.Id(0), Template: new StoredTemplate(row.Id(1), session.Seal.OpenVector(row.GetFieldValue<byte[]>(2), row.Id(1)), row.GetFloat(3))),
            $"SELECT person_id, id, vector, quality FROM templates WHERE person_id IN ({OfPage}) ORDER BY person_id, id", group, since, last);
        var byPerson = new Dictionary<Guid, List<StoredTemplate>>();
        foreach (var (person, template) in all)
        {
            if (!byPerson.TryGetValue(person, out var list))
                byPerson.Add(person, list = []);
            list.Add(template);
        }

        return byPerson;
    }

    private static async Task<Dictionary<Guid, List<string>>> GroupsAsync(SqlSession session, string group, long since, long last)
    {
        var all = await session.ListAsync(
            row => (Person: row.Id(0), Group: row.GetString(1)),
            $"SELECT person_id, group_name FROM feed WHERE removed_at IS NULL AND person_id IN ({OfPage}) ORDER BY person_id, group_name", group, since, last);
        return all.GroupBy(it => it.Person).ToDictionary(it => it.Key, it => it.Select(pair => pair.Group).ToList());
    }

    private static Row RowAt(RowSeal seal, DbDataReader row)
        => new(row.GetInt64(0), row.Id(1), !row.IsDBNull(2), row.BytesOrNull(3) is { } name ? seal.OpenText(name, Owners.Name(row.Id(1))) : null, row.TextOrNull(4), row.FloatOrNull(5));

    private sealed record Row(long Revision, Guid Person, bool Removed, string? Name, string? Model, float? Threshold);
}
