using System.Collections.Immutable;

namespace EdgeFace.Gallery;

/// <summary>People by their number. Immutable: a change copies the pages that it touches.</summary>
internal sealed class PeopleTable
{
    private const int Page = 1024;

    private readonly Person?[]?[] _pages;
    private readonly ImmutableHashSet<Guid> _ids;

    private PeopleTable(Person?[]?[] pages, ImmutableHashSet<Guid> ids) => (_pages, _ids) = (pages, ids);

    public static PeopleTable Empty { get; } = new([], []);

    public int Count => _ids.Count;

    public Person this[int number] => _pages[number / Page]![number % Page]!;

    public bool Contains(int number) => number >= 0 && number / Page < _pages.Length && _pages[number / Page]?[number % Page] is not null;

    public bool Contains(Guid person) => _ids.Contains(person);

    /// <summary>With other people under some numbers; null for nobody.</summary>
    public PeopleTable With(IEnumerable<(int Number, Person? Person)> changes)
    {
        var pages = (Person?[]?[])_pages.Clone();
        var (gone, come, mine) = (new List<Guid>(), new List<Guid>(), new HashSet<int>());
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
            if (slot is not null)
                gone.Add(slot.Id);
            if (person is not null)
                come.Add(person.Id);
            slot = person;
        }

        // Who has another number now is in both.
        return new PeopleTable(pages, _ids.Except(gone).Union(come));
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
