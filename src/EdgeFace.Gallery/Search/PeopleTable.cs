namespace EdgeFace.Gallery;

/// <summary>People by their number. Immutable: a change copies the pages that it touches.</summary>
internal sealed class PeopleTable
{
    private const int Page = 1024;

    private readonly Person?[]?[] _pages;

    private PeopleTable(Person?[]?[] pages, int count) => (_pages, Count) = (pages, count);

    public static PeopleTable Empty { get; } = new([], 0);

    public int Count { get; }

    public Person this[int number] => _pages[number / Page]![number % Page]!;

    public bool Contains(int number) => number >= 0 && number / Page < _pages.Length && _pages[number / Page]?[number % Page] is not null;

    /// <summary>With other people under some numbers; null for nobody.</summary>
    public PeopleTable With(IEnumerable<(int Number, Person? Person)> changes)
    {
        var pages = (Person?[]?[])_pages.Clone();
        var (count, mine) = (Count, new HashSet<int>());
        foreach (var (number, person) in changes)
        {
            var page = number / Page;
            if (page >= pages.Length)
            {
                if (person is null)
                    continue;
                Array.Resize(ref pages, page + 1 + page / 8);
            }

            if (mine.Add(page))
                pages[page] = pages[page] is { } old ? (Person?[])old.Clone() : new Person?[Page];
            ref var slot = ref pages[page]![number % Page];
            count += (person is null ? 0 : 1) - (slot is null ? 0 : 1);
            slot = person;
        }

        return new PeopleTable(pages, count);
    }

    /// <summary>Everybody, by number.</summary>
    public IEnumerable<(int Number, Person Person)> All()
    {
        for (var number = 0; number < _pages.Length * Page; number++)
        {
            if (_pages[number / Page]?[number % Page] is { } person)
                yield return (number, person);
        }
    }
}
