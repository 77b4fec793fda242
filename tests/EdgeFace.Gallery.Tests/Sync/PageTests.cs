using System.Buffers.Binary;
using System.Text.Json;
using EdgeFace.Gallery.Sync;
using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests.Sync;

public sealed class PageTests
{
    private static readonly int Factor = int.Parse(Environment.GetEnvironmentVariable("EDGEFACE_FUZZ_FACTOR") ?? "1", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Golden data: tests/golden/sync/generate.py, hashlib and numpy.</summary>
    [Fact]
    public void A_page_and_the_digest_are_those_of_the_reference()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Repository.Golden("sync/page.json")));
        var (root, digest, records) = (golden.RootElement, new SetDigest(), new List<byte[]>());
        var model = root.GetProperty("model").GetString();
        foreach (var person in root.GetProperty("people").EnumerateArray())
        {
            var templates = person.GetProperty("templates").EnumerateArray().Zip(person.GetProperty("vectors").EnumerateArray(), (id, vector)
                => new SyncTemplate(id.GetGuid(), 0.5f, [.. vector.EnumerateArray().Select(value => value.GetSingle())])).ToList();
            var state = person.GetProperty("name").GetString() is { } name
                ? new SyncPerson(name, templates.Count > 0 ? model : null, person.GetProperty("threshold").ValueKind == JsonValueKind.Null ? null : person.GetProperty("threshold").GetSingle(), templates)
                : null;
            var record = RecordCodec.Encode(new SyncChange(11 + 3 * records.Count, person.GetProperty("id").GetGuid(), state));
            records.Add(record);
            if (state is not null)
                digest.Add(RecordCodec.SeedOf(record));
        }

        var digestBytes = digest.Digest(0.25f);
        Assert.Equal(root.GetProperty("state").GetString(), Convert.ToHexStringLower(digestBytes));
        var written = GalleryPage.Write(root.GetProperty("group").GetString()!, root.GetProperty("epoch").GetGuid(), 10, 25, 0.25f, digestBytes, records);
        Assert.Equal(root.GetProperty("page").GetString(), Convert.ToHexStringLower(written));

        var page = GalleryPage.Read(written, "door");
        Assert.Equal((10, 25, 0.25f, 4), (page.From, page.To, page.Threshold, page.Changes.Count));
        Assert.Equal("Zoë Ω", page.Changes[1].Change.Person!.Name);
        Assert.Null(page.Changes[2].Change.Person);
    }

    [Fact]
    public void The_digest_forgets_the_order_and_what_was_taken_out()
    {
        var seeds = Enumerable.Range(0, 50).Select(i => System.Security.Cryptography.SHA256.HashData([(byte)i])).ToList();
        var (forward, backward) = (new SetDigest(), new SetDigest());
        foreach (var seed in seeds)
            forward.Add(seed);
        var extra = System.Security.Cryptography.SHA256.HashData("extra"u8);
        backward.Add(extra);
        foreach (var seed in Enumerable.Reverse(seeds))
            backward.Add(seed);
        Assert.NotEqual(forward.Digest(null), backward.Digest(null));
        backward.Remove(extra);
        Assert.Equal(forward.Digest(null), backward.Digest(null));
        Assert.Equal(forward.Digest(null), new SetDigest(forward.Sums()).Digest(null));
        Assert.NotEqual(forward.Digest(null), forward.Digest(0));
        // Twice is not once: an exclusive-or would not see it.
        backward.Add(seeds[0]);
        backward.Add(seeds[0]);
        Assert.NotEqual(forward.Digest(null), backward.Digest(null));
    }

    [Fact]
    public void Every_altered_byte_and_every_cut_is_refused()
    {
        var origin = new Origin(dimension: 16);
        for (var n = 0; n < 4; n++)
            origin.Put(n, threshold: n == 1 ? 0.4f : null);
        origin.Erase(2);
        var page = origin.Page(0);
        GalleryPage.Read(page, "door");
        Assert.Throws<SyncRefusedException>(() => GalleryPage.Read(page, "hall"));
        for (var at = 0; at < page.Length; at++)
        {
            var altered = (byte[])page.Clone();
            altered[at] ^= (byte)(1 << (at % 8));
            Assert.Throws<SyncRefusedException>(() => GalleryPage.Read(altered, "door"));
            Assert.Throws<SyncRefusedException>(() => GalleryPage.Read(page.AsSpan(0, at).ToArray(), "door"));
        }

        Assert.Throws<SyncRefusedException>(() => GalleryPage.Read([.. page, 0], "door"));
    }

    /// <summary>Whoever holds the server can make a chain that verifies over anything.</summary>
    [Theory]
    [InlineData("name with a line break", "a name is not allowed")]
    [InlineData("name that would be trimmed", "a name is not allowed")]
    [InlineData("vector of another length", "a template is not of length 1")]
    [InlineData("vector that is no number", "a template is not of length 1")]
    [InlineData("quality out of range", "a quality is not between 0 and 1")]
    [InlineData("threshold out of range", "a threshold is not between -1 and 1")]
    [InlineData("too many templates", "a number of templates is 65, more than 64")]
    [InlineData("one template twice", "a person's templates are not in the order of their ids")]
    [InlineData("too large a dimension", "a dimension is 4100, more than 4096")]
    [InlineData("revision backwards", "revision 1 follows 2 on a page that goes to 2")]
    [InlineData("revision beyond", "revision 9 follows 0 on a page that goes to 2")]
    [InlineData("negative revision", "a change has the revision -5")]
    [InlineData("bytes after the person", "a change is longer than what it holds")]
    [InlineData("unknown kind", "a change is of the unknown kind 7")]
    public void A_page_whose_chain_is_right_is_still_looked_at(string what, string reason)
    {
        var vector = Origin.Vector(1, 16);
        SyncPerson Person(string name = "Ada", float quality = 0.5f, float? threshold = null, float[]? values = null, int templates = 1)
            => new(name, Origin.ModelHash, threshold, [.. Enumerable.Range(0, templates).Select(k => new SyncTemplate(Origin.Id(2, k), quality, values ?? vector))]);
        byte[] Record(SyncPerson person, long revision = 1) => RecordCodec.Encode(new SyncChange(revision, Origin.Id(1, 1), person));
        var kind = Record(Person());
        kind[8] = 7;
        List<byte[]> records = what switch
        {
            "name with a line break" => [Record(Person("A\nB"))],
            "name that would be trimmed" => [Record(Person(" Ada"))],
            "vector of another length" => [Record(Person(values: [.. vector.Select(value => value * 1.01f)]))],
            "vector that is no number" => [Record(Person(values: [float.NaN, .. vector[1..]]))],
            "quality out of range" => [Record(Person(quality: 1.5f))],
            "threshold out of range" => [Record(Person(threshold: float.PositiveInfinity))],
            "too many templates" => [Record(Person(templates: 65))],
            "one template twice" => [Record(Person() with { Templates = [new(Origin.Id(2, 1), 0.5f, vector), new(Origin.Id(2, 1), 0.5f, vector)] })],
            "too large a dimension" => [Record(Person(values: Origin.Vector(1, 4100)))],
            "revision backwards" => [Record(Person(), 2), Record(Person(), 1)],
            "revision beyond" => [Record(Person(), 9)],
            "negative revision" => [Record(Person(), -5)],
            "bytes after the person" => [[.. Record(Person()), 1]],
            _ => [kind],
        };
        var page = GalleryPage.Write("door", default, 0, 2, null, null, records);
        Assert.Equal(reason, Assert.Throws<SyncRefusedException>(() => GalleryPage.Read(page, "door")).Message);
    }

    [Theory]
    [InlineData(40, -1)]
    [InlineData(40, int.MinValue)]
    [InlineData(40, int.MaxValue)]
    [InlineData(44, -1)]
    [InlineData(44, int.MaxValue)]
    [InlineData(GalleryPage.HeaderBytes, -1)]
    [InlineData(GalleryPage.HeaderBytes, int.MinValue)]
    [InlineData(GalleryPage.HeaderBytes, int.MaxValue)]
    public void Sizes_that_cannot_be_are_refused(int at, int value)
    {
        var origin = new Origin(dimension: 16);
        origin.Put(1);
        var page = origin.Page(0);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(at), value);
        Assert.Throws<SyncRefusedException>(() => GalleryPage.Read(page, "door"));
    }

    [Fact]
    public void Garbage_is_refused_and_nothing_else_happens()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var origin = new Origin(dimension: 16);
        for (var n = 0; n < 5; n++)
            origin.Put(n);
        var good = RecordCodec.Encode(origin.People.First());
        for (var round = 0; round < 3000 * Factor; round++)
        {
            var record = (byte[])good.Clone();
            for (var hits = random.Next(1, 5); hits > 0; hits--)
                record[random.Next(record.Length)] = (byte)random.Next(256);
            record = record[..random.Next(record.Length / 2, record.Length + 1)];
            // A chain that verifies, over a record that was spoiled.
            var page = GalleryPage.Write("door", default, 0, long.MaxValue, null, null, [record]);
            var error = Record.Exception(() => GalleryPage.Read(page, "door"));
            Assert.True(error is null or SyncRefusedException, $"seed {seed}, round {round}: {error}");
        }
    }

    [Theory]
    [InlineData(null, "identity")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, br", "br")]
    [InlineData("br;q=0.5, gzip;q=0.8", "gzip")]
    [InlineData("br;q=0, gzip;q=0", "identity")]
    [InlineData("zstd, *", "identity")]
    public void The_best_accepted_coding_is_chosen(string? accepted, string coding) => Assert.Equal(coding, PageCoding.Choose(accepted));

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("identity")]
    public void Codings_lead_back_and_never_further_than_allowed(string coding)
    {
        var plain = new byte[1 << 20];
        new Random(1).NextBytes(plain.AsSpan(0, 1 << 18));
        var encoded = PageCoding.Encode(plain, coding);
        Assert.Equal(plain, PageCoding.Decode(encoded, coding, plain.Length));
        Assert.Throws<SyncRefusedException>(() => PageCoding.Decode(encoded, coding, plain.Length - 1));
    }
}
