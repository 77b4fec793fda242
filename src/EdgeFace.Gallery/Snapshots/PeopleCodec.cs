using System.Buffers.Binary;
using System.Text;

namespace EdgeFace.Gallery;

/// <summary>People as they stand in a sealed unit: number, id, milliseconds since 1970 UTC, flags, threshold, and the name with its length.</summary>
internal static class PeopleCodec
{
    public const int Page = 4096;

    private const int NameAt = FlagsAt + 1 + 4;
    private const int FlagsAt = 4 + 16 + 8;
    private const int Fixed = NameAt + 2;
    private const byte HasThreshold = 1;
    private const byte OfServer = 2;

    public static byte[] Write(IReadOnlyList<(int Number, Person Person)> people)
    {
        var bytes = new byte[people.Sum(entry => Fixed + Encoding.UTF8.GetByteCount(entry.Person.Name))];
        var rest = bytes.AsSpan();
        foreach (var (number, person) in people)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, number);
            person.Id.TryWriteBytes(rest[4..], bigEndian: true, out _);
            BinaryPrimitives.WriteInt64LittleEndian(rest[20..], person.CreatedAt.ToUnixTimeMilliseconds());
            var length = Encoding.UTF8.GetBytes(person.Name, rest[Fixed..]);
            rest[FlagsAt] = (byte)((person.Threshold is null ? 0 : HasThreshold) | (person.IsOfServer ? OfServer : 0));
            BinaryPrimitives.WriteSingleLittleEndian(rest[(FlagsAt + 1)..], person.Threshold ?? 0);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[NameAt..], (ushort)length);
            rest = rest[(Fixed + length)..];
        }

        return bytes;
    }

    /// <exception cref="SnapshotException">They are not so many people.</exception>
    public static List<(int Number, Person? Person)> Read(ReadOnlySpan<byte> bytes, int count)
    {
        var people = new List<(int, Person?)>();
        while (bytes.Length >= Fixed)
        {
            var number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[NameAt..]);
            if (number < 0 || length > bytes.Length - Fixed)
                break;
            var createdAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes[20..]));
            people.Add((number, new Person(new Guid(bytes.Slice(4, 16), bigEndian: true), Encoding.UTF8.GetString(bytes.Slice(Fixed, length)), createdAt)
            {
                Threshold = (bytes[FlagsAt] & HasThreshold) != 0 ? BinaryPrimitives.ReadSingleLittleEndian(bytes[(FlagsAt + 1)..]) : null,
                IsOfServer = (bytes[FlagsAt] & OfServer) != 0,
            }));
            bytes = bytes[(Fixed + length)..];
        }

        return bytes.IsEmpty && people.Count == count ? people : throw new SnapshotException("its people cannot be read");
    }
}
