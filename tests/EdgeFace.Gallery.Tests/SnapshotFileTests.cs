using System.Buffers.Binary;
using System.Text;
using EdgeFace.Core;
using EdgeFace.Core.Security;
using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests;

/// <summary>The file itself: what it holds, whom it tells nothing, and what becomes of a bad one.</summary>
public sealed class SnapshotFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly KeyRing _ring;

    public SnapshotFileTests() => _ring = KeyRing.Create(_folder.File("keys"), TimeProvider.System);

    private string Path => _folder.File("snapshot");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_read_answers_as_what_was_written(bool keepSealed)
    {
        var index = Index(5000);
        // Gaps must close: only who is there is written.
        index.Apply([.. Enumerable.Range(0, 600).Select(i => new PersonChange(7 * i, null, []))]);
        var written = index.At(9);
        Write(written, new SearchMark(9, 4));
        var file = SnapshotFile.Open(Path);
        Assert.Equal((new SearchMark(9, 4), "m", Faces.Dimension, 4400), (file.Header.Mark, file.Header.ModelId, file.Header.Dimension, file.Header.Templates));
        var loaded = file.Load(_ring, keepSealed);
        var read = loaded.At(9);
        Assert.Equal((written.People, written.Templates), (read.People, read.Templates));
        Assert.Equal(keepSealed, read.Set.Blocks[0].Block.IsSealed);
        AssertSame(written, read);

        // It goes on living: others come and go, in blocks of their own where the rows are sealed.
        PersonChange[] changes = [Change(9000), Change(3), new PersonChange(11, null, [])];
        index.Apply(changes);
        loaded.Apply(changes);
        AssertSame(index.At(10), loaded.At(10));
        loaded.Apply([.. Enumerable.Range(0, 5000).Where(i => i % 3 != 0).Select(i => new PersonChange(i, null, []))]);
        index.Apply([.. Enumerable.Range(0, 5000).Where(i => i % 3 != 0).Select(i => new PersonChange(i, null, []))]);
        AssertSame(index.At(11), loaded.At(11));
        Assert.False(file.IsDamaged);
    }

    [Theory]
    [InlineData(151)]
    [InlineData(4000)] // too many for pauses
    public void Changes_made_gently_are_those_made_at_once(int coming)
    {
        var (gently, atOnce) = (Index(3000), Index(3000));
        var before = gently.At(1);
        PersonChange[] changes = [.. Enumerable.Range(0, 150).Select(i => new PersonChange(19 * i, null, [])), .. Enumerable.Range(3000, coming).Select(Change), Change(5)];
        gently.Apply(changes, gently: true);
        atOnce.Apply(changes);
        Assert.Equal((2850 + coming, 2850 + coming), (gently.At(2).People, gently.At(2).Templates));
        AssertSame(atOnce.At(2), gently.At(2));
        AssertSame(Index(3000).At(1), before);
    }

    [Fact]
    public void Nothing_in_it_can_be_read_without_the_key_and_only_the_owner_may_try()
    {
        Write(Index(300).At(1), default);
        var bytes = File.ReadAllBytes(Path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        GalleryBytes.AssertAbsent(bytes, "Person"u8, "name");
        var (vector, row) = (Faces.Of(5, 0), new sbyte[Faces.Dimension]);
        RowForms.Quantize(vector, row);
        GalleryBytes.AssertAbsent(bytes, System.Runtime.InteropServices.MemoryMarshal.AsBytes(row.AsSpan(0, 12)), "template");
        GalleryBytes.AssertAbsent(bytes, new Guid(5, 0, 0, new byte[8]).ToByteArray(bigEndian: true), "id");
        var before = File.ReadAllBytes(Path);
        Write(Index(300).At(1), default);
        Assert.NotEqual(before[8192..8256], File.ReadAllBytes(Path)[8192..8256]);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_with_one_line()
    {
        Write(Index(200).At(1), default);
        var bytes = File.ReadAllBytes(Path);
        for (var length = 0; length < bytes.Length; length += length < 64 || length > bytes.Length - 64 || length is > 4064 and < 4200 ? 1 : 331)
            AssertRefused(bytes.AsSpan(0, length));
        AssertRefused([.. bytes, 0]);
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_found()
    {
        Write(Index(200).At(1), default);
        var bytes = File.ReadAllBytes(Path);
        var random = new Random(5);
        for (var i = 0; i < 700; i++)
        {
            // All of the header's fields, then the table, the units, and each one's end.
            var at = i < 150 ? i : random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << (i % 8));
            AssertRefused(bytes);
            bytes[at] ^= (byte)(1 << (i % 8));
        }
    }

    [Fact]
    public void A_header_that_was_changed_with_its_sum_is_refused()
    {
        Write(Index(200).At(1), default);
        var bytes = File.ReadAllBytes(Path);
        foreach (var (at, value) in new[] { (8, 1), (8, 3), (36, 0), (36, 17), (36, 4096), (36, 256), (36, int.MinValue), (40, 0), (40, 64), (44, 0), (44, int.MaxValue), (44, 5), (48, -1), (48, 1), (52, 7), (16, 99) })
        {
            var changed = (byte[])bytes.Clone();
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(at), value);
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(4092), Crc32C.Of(changed.AsSpan(0, 4092)));
            AssertRefused(changed);
        }

        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), 3);
        Assert.Contains("version 3", Reason(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_was_changed_with_its_sum_is_refused()
    {
        Write(Index(200).At(1), default);
        var bytes = File.ReadAllBytes(Path);
        var units = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(44));
        var random = new Random(8);
        for (var i = 0; i < 300; i++)
        {
            var changed = (byte[])bytes.Clone();
            var table = changed.AsSpan(4096, units * 24 + 4);
            BinaryPrimitives.WriteInt32LittleEndian(table[(random.Next(units * 6) * 4)..], random.Next(4) switch { 0 => -1, 1 => int.MaxValue, 2 => random.Next(300), _ => random.Next() });
            BinaryPrimitives.WriteUInt32LittleEndian(table[^4..], Crc32C.Of(table[..^4]));
            AssertRefused(changed);
        }
    }

    [Fact]
    public void Without_its_key_it_does_not_open()
    {
        Write(Index(200).At(1), default);
        var other = KeyRing.Create(_folder.File("other"), TimeProvider.System);
        Assert.Contains("has no key", Assert.Throws<InputException>(() => SnapshotFile.Open(Path).Load(other, keepSealed: false)).Message, StringComparison.Ordinal);
    }

    /// <summary>RFC 3720, B.4.</summary>
    [Fact]
    public void The_sum_is_the_published_one()
    {
        Assert.Equal(0x8a9136aau, Crc32C.Of(new byte[32]));
        Assert.Equal(0x46dd794eu, Crc32C.Of([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal(0xe3069283u, Crc32C.Of("123456789"u8));
    }

    private static GalleryIndex Index(int people)
    {
        var sample = Faces.Rows(Enumerable.Range(0, 500).Select(i => Faces.Of(i, 0)));
        var index = new GalleryIndex("m", Faces.Dimension, CodeBook.Learn(sample, Faces.Dimension, GalleryIndex.CodeBits));
        index.Fill(Enumerable.Range(0, people).Select(Change));
        return index;
    }

    private static PersonChange Change(int number) => new(number, new Person(new Guid(number, 0, 0, new byte[8]), $"Person {number} é", default), Faces.Of(number, 0));

    private void Write(IndexedSearch search, SearchMark mark) => SnapshotWriter.Write(Path, search, mark, _ring, _ring.ActiveKeyId, TimeProvider.System);

    private static void AssertSame(IndexedSearch expected, IndexedSearch actual)
    {
        var (a, b) = (new Match[2], new Match[2]);
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(expected.Search(Faces.Of(83 * i, 1), a), actual.Search(Faces.Of(83 * i, 1), b));
            Assert.Equal(a, b);
        }
    }

    private void AssertRefused(ReadOnlySpan<byte> bytes)
    {
        var reason = Reason(bytes);
        Assert.DoesNotContain('\n', reason);
        Assert.InRange(reason.Length, 10, 300);
    }

    /// <summary>Why it cannot be opened or read; with rows left sealed as well, it may only fail or answer.</summary>
    private string Reason(ReadOnlySpan<byte> bytes)
    {
        var path = _folder.File("bad");
        File.WriteAllBytes(path, bytes);
        try
        {
            SnapshotFile.Open(path).Load(_ring, keepSealed: true).At(1).Search(Faces.Of(1, 0), new Match[1]);
        }
        catch (Exception refusal) when (refusal is SnapshotException or InputException)
        {
            // As it should be.
        }

        return Assert.ThrowsAny<Exception>(() => SnapshotFile.Open(path).Load(_ring, keepSealed: false)) switch
        {
            SnapshotException refusal => refusal.Message,
            InputException refusal => refusal.Message,
            var other => throw new InvalidOperationException($"{Encoding.ASCII.GetString(bytes[..8])}: not a refusal", other),
        };
    }
}
