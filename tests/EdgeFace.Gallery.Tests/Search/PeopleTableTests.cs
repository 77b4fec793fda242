namespace EdgeFace.Gallery.Tests.Search;

public sealed class PeopleTableTests
{
    [Fact]
    public void It_is_a_dictionary_and_a_set_of_which_every_version_stays()
    {
        var random = new Random(3);
        var (table, model) = (PeopleTable.Empty, new Dictionary<int, Person>());
        var versions = new List<(PeopleTable Table, Dictionary<int, Person> Model)>();
        for (var step = 0; step < 200; step++)
        {
            var changes = Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(12_000)).Distinct()
                .Select(number => (number, random.Next(3) == 0 ? null : Somebody(random))).ToList();
            // Now and then somebody gets another number.
            if (model.Count > 0 && step % 5 == 0 && changes.TrueForAll(change => change.number != model.First().Key))
            {
                var (number, person) = model.First();
                changes.Add((12_000 + step, person));
                changes.Add((number, null));
            }

            table = table.With(changes);
            foreach (var (number, person) in changes)
            {
                if (person is null)
                    model.Remove(number);
                else
                    model[number] = person;
            }

            versions.Add((table, new Dictionary<int, Person>(model)));
        }

        foreach (var version in versions)
            AssertSame(version.Model, version.Table);
    }

    [Fact]
    public void Numbers_and_ids_that_were_never_there_are_not_contained()
    {
        var table = PeopleTable.Empty.With([(70_000, Somebody(new Random(1))), (5, null)]);
        Assert.Equal(1, table.Count);
        Assert.False(table.Contains(-1));
        Assert.False(table.Contains(5));
        Assert.False(table.Contains(69_999));
        Assert.False(table.Contains(1_000_000));
        Assert.False(table.Contains(new Guid(1, 2, 3, new byte[8])));
    }

    private static void AssertSame(Dictionary<int, Person> model, PeopleTable table)
    {
        Assert.Equal(model.Count, table.Count);
        Assert.Equal(model.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)), table.All());
        foreach (var (number, person) in model)
        {
            Assert.True(table.Contains(number));
            Assert.Same(person, table[number]);
            Assert.True(table.Contains(person.Id));
        }
    }

    private static Person Somebody(Random random)
    {
        var id = new byte[16];
        random.NextBytes(id);
        return new Person(new Guid(id), "Somebody", DateTimeOffset.UnixEpoch);
    }
}
