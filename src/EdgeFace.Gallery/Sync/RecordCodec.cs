using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFace.Gallery.Sync;

/// <summary>
/// One change in bytes, little-endian: revision i64; kind u8 (0 upsert, 1 tombstone); person's id, 16 bytes as RFC 9562 writes
/// it; of an upsert then: name's bytes u16 and UTF-8; 1 and the model's SHA-256, or 0; 1 and the threshold f32, or 0; number of templates
/// u16; dimension u16; per template id (16 bytes), quality f32, and the vector as four planes: the lowest byte of every value, then the next.
/// </summary>
/// <remarks>Planes, since the highest bytes of a unit vector are alike and compress, and the lower ones do not.</remarks>
internal static class RecordCodec
{
    private const byte Upsert = 0;
    private const byte Tombstone = 1;

    /// <summary>Revision and kind: not part of a person's content.</summary>
    private const int PrefixBytes = 9;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Encode(SyncChange change)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(change.Revision);
        writer.Write(change.Person is null ? Tombstone : Upsert);
        writer.Write(change.PersonId.ToByteArray(bigEndian: true));
        if (change.Person is { } person)
            Encode(writer, person);
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>What a person adds to the group's digest: SHA-256 of a tag and the record without revision and kind.</summary>
    public static byte[] SeedOf(ReadOnlySpan<byte> record)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("edgeface-gallery-person/1\n"u8);
        hash.AppendData(record[PrefixBytes..]);
        return hash.GetHashAndReset();
    }

    /// <exception cref="SyncRefusedException">The bytes are no such record.</exception>
    public static SyncChange Decode(ReadOnlySpan<byte> record)
    {
        var reader = new SpanReader(record);
        var revision = reader.Int64();
        var kind = reader.Byte();
        var id = reader.Guid();
        if (revision < 1)
            throw new SyncRefusedException($"a change has the revision {revision}");
        if (kind > Tombstone)
            throw new SyncRefusedException($"a change is of the unknown kind {kind}");
        var person = kind == Tombstone ? null : Decode(ref reader);
        if (!reader.AtEnd)
            throw new SyncRefusedException("a change is longer than what it holds");
        return new SyncChange(revision, id, person);
    }

    private static void Encode(BinaryWriter writer, SyncPerson person)
    {
        var name = Utf8.GetBytes(person.Name);
        writer.Write(checked((ushort)name.Length));
        writer.Write(name);
        writer.Write((byte)(person.ModelHash is null ? 0 : 1));
        if (person.ModelHash is { } hash)
            writer.Write(Convert.FromHexString(hash));
        writer.Write((byte)(person.Threshold is null ? 0 : 1));
        if (person.Threshold is { } threshold)
            writer.Write(threshold);
        var templates = person.Templates.OrderBy(template => template.Id).ToList();
        var dimension = templates.Count > 0 ? templates[0].Vector.Length : 0;
        writer.Write(checked((ushort)templates.Count));
        writer.Write(checked((ushort)dimension));
        var planes = new byte[4 * dimension];
        foreach (var template in templates)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(template.Vector.Length, dimension);
            writer.Write(template.Id.ToByteArray(bigEndian: true));
            writer.Write(template.Quality);
            ToPlanes(template.Vector, planes);
            writer.Write(planes);
        }
    }

    private static SyncPerson Decode(ref SpanReader reader)
    {
        var name = Name(reader.Bytes(reader.Count16(SyncLimits.MaxNameBytes, "a name's length")));
        var hash = reader.Flag() ? Convert.ToHexStringLower(reader.Bytes(SetDigest.DigestBytes)) : null;
        float? threshold = reader.Flag() ? reader.Single() : null;
        if (threshold is { } value && !(value >= -1 && value <= 1))
            throw new SyncRefusedException("a threshold is not between -1 and 1");
        var count = reader.Count16(SyncLimits.MaxTemplates, "a number of templates");
        var dimension = reader.Count16(SyncLimits.MaxDimension, "a dimension");
        if (count == 0 != (hash is null) || count == 0 != (dimension == 0))
            throw new SyncRefusedException("a person's templates and their model do not fit together");
        var templates = new SyncTemplate[count];
        for (var i = 0; i < count; i++)
            templates[i] = Template(ref reader, dimension);
        for (var i = 1; i < count; i++)
        {
            if (templates[i - 1].Id.CompareTo(templates[i].Id) >= 0)
                throw new SyncRefusedException("a person's templates are not in the order of their ids");
        }

        return new SyncPerson(name, hash, threshold, templates);
    }

    private static SyncTemplate Template(ref SpanReader reader, int dimension)
    {
        var id = reader.Guid();
        var quality = reader.Single();
        if (!(quality >= 0 && quality <= 1))
            throw new SyncRefusedException("a quality is not between 0 and 1");
        var vector = FromPlanes(reader.Bytes(4 * dimension));
        double sum = 0;
        foreach (var value in vector)
            sum += (double)value * value;
        if (!(Math.Abs(sum - 1) <= SyncLimits.NormTolerance))
            throw new SyncRefusedException("a template is not of length 1");
        return new SyncTemplate(id, quality, vector);
    }

    private static string Name(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var name = Utf8.GetString(bytes);
            // As it is to be shown: a name that would be trimmed is another one.
            if (PersonName.TryParse(name, out var trimmed, out _) && trimmed.Length == name.Length)
                return name;
        }
        catch (DecoderFallbackException)
        {
            // Told below, without the bytes.
        }

        throw new SyncRefusedException("a name is not allowed");
    }

    private static void ToPlanes(ReadOnlySpan<float> vector, Span<byte> planes)
    {
        for (var i = 0; i < vector.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(vector[i]);
            for (var plane = 0; plane < 4; plane++)
                planes[plane * vector.Length + i] = (byte)(bits >> (8 * plane));
        }
    }

    private static float[] FromPlanes(ReadOnlySpan<byte> planes)
    {
        var vector = new float[planes.Length / 4];
        for (var i = 0; i < vector.Length; i++)
        {
            var bits = planes[i] | (uint)planes[vector.Length + i] << 8
                | (uint)planes[2 * vector.Length + i] << 16 | (uint)planes[3 * vector.Length + i] << 24;
            vector[i] = BitConverter.UInt32BitsToSingle(bits);
        }

        return vector;
    }

    /// <summary>Reads little-endian values and refuses to read beyond the end.</summary>
    private ref struct SpanReader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public readonly bool AtEnd => _rest.IsEmpty;

        public ReadOnlySpan<byte> Bytes(int count)
        {
            if (count > _rest.Length)
                throw new SyncRefusedException("a change ends too early");
            var bytes = _rest[..count];
            _rest = _rest[count..];
            return bytes;
        }

        public byte Byte() => Bytes(1)[0];

        public bool Flag() => Byte() switch
        {
            0 => false,
            1 => true,
            _ => throw new SyncRefusedException("a change has a flag that is neither 0 nor 1"),
        };

        public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

        public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Bytes(4));

        public Guid Guid() => new(Bytes(16), bigEndian: true);

        public int Count16(int most, string what)
        {
            var count = BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));
            return count <= most ? count : throw new SyncRefusedException($"{what} is {count}, more than {most}");
        }
    }
}
