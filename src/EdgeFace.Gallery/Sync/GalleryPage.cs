using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFace.Gallery.Sync;

/// <summary>
/// Consecutive changes of a group, whole and checked. In bytes, little-endian: "EFGP"; version u16; flags u16 (1: the page reaches
/// the group's present, so it has a state digest; 2: the group has a threshold); epoch, 16 bytes; from i64, to i64 (revisions; changes are
/// above <c>from</c>, and <c>to</c> is the next cursor); number of changes u32; bytes of them u32; the group's threshold f32 or 0; state digest,
/// 32 bytes, or 0; then each change as u32 length and <see cref="RecordCodec"/>'s bytes; at the end the chain, 32 bytes.
/// </summary>
/// <remarks>
/// The chain: d(0) = SHA-256(tag, group, from), d(n) = SHA-256(d(n-1), change n), and what stands at the end is SHA-256(d(last), header). So a page
/// of another group or cursor, and one with a change missing, added, moved or altered, does not verify.
/// </remarks>
internal sealed class GalleryPage
{
    public const int HeaderBytes = 4 + 2 + 2 + 16 + 8 + 8 + 4 + 4 + 4 + SetDigest.DigestBytes;
    private const int FooterBytes = SetDigest.DigestBytes;
    private const ushort Version = 1;
    private const ushort FinalFlag = 1;
    private const ushort ThresholdFlag = 2;

    private GalleryPage(Guid epoch, long from, long to, float? threshold, byte[]? state, IReadOnlyList<PageChange> changes)
        => (Epoch, From, To, Threshold, State, Changes) = (epoch, from, to, threshold, state, changes);

    /// <summary>The server's history: revisions of another one mean nothing in it.</summary>
    public Guid Epoch { get; }

    public long From { get; }

    public long To { get; }

    /// <summary>Cosine for people without their own; null: the board's.</summary>
    public float? Threshold { get; }

    /// <summary>The group's digest at <see cref="To"/>; null when further pages follow.</summary>
    public byte[]? State { get; }

    public bool IsFinal => State is not null;

    public IReadOnlyList<PageChange> Changes { get; }

    /// <param name="records">In ascending order of revision, all above <paramref name="from"/>.</param>
    /// <param name="state">The group's digest at <paramref name="to"/>; null when further pages follow.</param>
    public static byte[] Write(string group, Guid epoch, long from, long to, float? threshold, byte[]? state, IReadOnlyList<byte[]> records)
    {
        var body = records.Sum(record => 4 + record.Length);
        var page = new byte[HeaderBytes + body + FooterBytes];
        var header = page.AsSpan(0, HeaderBytes);
        "EFGP"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)((state is null ? 0 : FinalFlag) | (threshold is null ? 0 : ThresholdFlag)));
        epoch.TryWriteBytes(header[8..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], from);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], to);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], records.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header[44..], body);
        BinaryPrimitives.WriteSingleLittleEndian(header[48..], threshold ?? 0);
        state?.CopyTo(header[52..]);
        var chain = ChainStart(group, from);
        var at = HeaderBytes;
        foreach (var record in records)
        {
            BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(at), record.Length);
            record.CopyTo(page, at + 4);
            at += 4 + record.Length;
            Next(chain, record);
        }

        Next(chain, header);
        chain.CopyTo(page, at);
        return page;
    }

    /// <summary>Checks a page as a whole: only then is it one.</summary>
    /// <param name="group">The board's own.</param>
    /// <exception cref="SyncRefusedException">It is not a page of this group, or damaged, or beyond a limit.</exception>
    public static GalleryPage Read(ReadOnlySpan<byte> page, string group)
    {
        if (page.Length < HeaderBytes + FooterBytes || page.Length > SyncLimits.MaxPageBytes)
            throw new SyncRefusedException($"a page of {page.Length} bytes is none");
        var header = page[..HeaderBytes];
        if (!header[..4].SequenceEqual("EFGP"u8))
            throw new SyncRefusedException("the answer is not a page of a gallery");
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) is var version && version != Version)
            throw new SyncRefusedException($"the page has version {version}, this board knows {Version}: update EdgeFace");
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        var (from, to) = (BinaryPrimitives.ReadInt64LittleEndian(header[24..]), BinaryPrimitives.ReadInt64LittleEndian(header[32..]));
        var (count, body) = (BinaryPrimitives.ReadInt32LittleEndian(header[40..]), BinaryPrimitives.ReadInt32LittleEndian(header[44..]));
        if ((flags & ~(FinalFlag | ThresholdFlag)) != 0)
            throw new SyncRefusedException($"the page has unknown flags {flags}");
        if (from < 0 || to < from)
            throw new SyncRefusedException($"the page goes from revision {from} to {to}");
        if (count < 0 || count > SyncLimits.MaxChanges)
            throw new SyncRefusedException($"the page says that it has {count} changes");
        if (body != page.Length - HeaderBytes - FooterBytes)
            throw new SyncRefusedException($"the page says that its changes have {body} bytes, and has {page.Length - HeaderBytes - FooterBytes}");
        float? threshold = (flags & ThresholdFlag) == 0 ? null : BinaryPrimitives.ReadSingleLittleEndian(header[48..]);
        if (threshold is { } value && !(value >= -1 && value <= 1))
            throw new SyncRefusedException("the group's threshold is not between -1 and 1");
        var changes = ReadChanges(page[HeaderBytes..], count, group, from, to, header);
        if (changes.Count == 0 && to != from && (flags & FinalFlag) == 0)
            throw new SyncRefusedException("the page has no change and still moves on");
        return new GalleryPage(
            new Guid(header.Slice(8, 16), bigEndian: true), from, to, threshold, (flags & FinalFlag) == 0 ? null : header[52..].ToArray(), changes);
    }

    private static List<PageChange> ReadChanges(ReadOnlySpan<byte> rest, int count, string group, long from, long to, ReadOnlySpan<byte> header)
    {
        // The chain first: nothing of what does not verify is looked at.
        Verify(rest, count, group, from, header);
        var changes = new List<PageChange>(count);
        for (var last = from; changes.Count < count;)
        {
            var record = TakeRecord(ref rest);
            var change = RecordCodec.Decode(record);
            if (change.Revision <= last || change.Revision > to)
                throw new SyncRefusedException($"revision {change.Revision} follows {last} on a page that goes to {to}");
            last = change.Revision;
            changes.Add(new PageChange(change, change.Person is null ? [] : RecordCodec.SeedOf(record)));
        }

        return changes;
    }

    private static void Verify(ReadOnlySpan<byte> rest, int count, string group, long from, ReadOnlySpan<byte> header)
    {
        var chain = ChainStart(group, from);
        for (var i = 0; i < count; i++)
            Next(chain, TakeRecord(ref rest));
        Next(chain, header);
        if (rest.Length != FooterBytes)
            throw new SyncRefusedException("the page holds more than its changes");
        if (!rest.SequenceEqual(chain))
            throw new SyncRefusedException("the page's chain of digests does not verify: it is damaged, or of another group or place");
    }

    private static ReadOnlySpan<byte> TakeRecord(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 4 + FooterBytes)
            throw new SyncRefusedException("the page ends too early");
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length < 0 || length > rest.Length - 4 - FooterBytes)
            throw new SyncRefusedException($"a change says that it has {length} bytes, which the page does not");
        var record = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return record;
    }

    private static byte[] ChainStart(string group, long from)
        => SHA256.HashData([.. "edgeface-gallery-page/1\n"u8, .. Encoding.UTF8.GetBytes(group), (byte)'\n', .. BitConverter.GetBytes(from)]);

    private static void Next(byte[] chain, ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(chain);
        hash.AppendData(bytes);
        hash.GetHashAndReset(chain);
    }
}

/// <summary>A change of a verified page.</summary>
/// <param name="Seed">What the person adds to the group's digest; empty for a tombstone.</param>
internal sealed record PageChange(SyncChange Change, byte[] Seed);
