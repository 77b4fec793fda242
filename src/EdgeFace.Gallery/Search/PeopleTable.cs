namespace EdgeFace.Gallery;

/// <summary>
/// People by their number. Immutable: a change copies the small pages that it touches, and their folders. Pages are small because
/// what is copied is garbage soon: at thousands of changes a second, large ones stop the queries to be collected.
/// </summary>
internal sealed class PeopleTable
{
    private const int Page = 16;
    private const int Folder = 64 * Page;

    private readonly Person?[]?[]?[] _folders;
    private readonly GuidSet _ids;

    private PeopleTable(Person?[]?[]?[] folders, GuidSet ids) => (_folders, _ids) = (folders, ids);

    public static PeopleTable Empty { get; } = new([], GuidSet.Empty);

    public int Count => _ids.Count;

    public Person this[int number] => PageOf(number)![number % Page]!;

    public bool Contains(int number) => number >= 0 && PageOf(number)?[number % Page] is not null;

    public bool Contains(Guid person) => _ids.Contains(person);

    /// <summary>With other people under some numbers; null for nobody.</summary>
    public PeopleTable With(IEnumerable<(int Number, Person? Person)> changes)
    {
        var folders = (Person?[]?[]?[])_folders.Clone();
        var ids = _ids.Change();
        // Numbers change hands: whoever leaves is taken out before whoever comes is put in.
        var come = new List<Guid>();
        // By number, so that each page and folder is copied when the first of its numbers comes.
        var (folder, page) = (-1, -1);
        foreach (var (number, person) in changes.OrderBy(change => change.Number))
        {
            if (number / Folder >= folders.Length)
            {
                if (person is null)
                    continue;
                Array.Resize(ref folders, number / Folder + 1);
            }

            var pages = Own(ref folders[number / Folder], Folder / Page, mine: number / Folder == folder);
            var people = Own(ref pages[number % Folder / Page], Page, mine: number / Page == page);
            (folder, page) = (number / Folder, number / Page);
            if (people[number % Page] is { } before)
                ids.Remove(before.Id);
            if (person is not null)
                come.Add(person.Id);
            people[number % Page] = person;
        }

        foreach (var id in come)
            ids.Add(id);
        return new PeopleTable(folders, ids.Done());
    }

    /// <summary>Everybody, by number.</summary>
    public IEnumerable<(int Number, Person Person)> All()
    {
        for (var first = 0; first < _folders.Length * Folder; first += Page)
        {
            if (PageOf(first) is not { } page)
                continue;
            for (var i = 0; i < Page; i++)
            {
                if (page[i] is { } person)
                    yield return (first + i, person);
            }
        }
    }

    /// <summary>The array in the slot, made or copied when it is not this change's own yet.</summary>
    private static T[] Own<T>(ref T[]? slot, int size, bool mine)
    {
        if (slot is null)
            return slot = new T[size];
        return mine ? slot : slot = (T[])slot.Clone();
    }

    private Person?[]? PageOf(int number) => number / Folder < _folders.Length ? _folders[number / Folder]?[number % Folder / Page] : null;
}
