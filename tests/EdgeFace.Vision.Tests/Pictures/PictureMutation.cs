using System.Buffers.Binary;

namespace EdgeFace.Vision.Tests.Pictures;

/// <summary>Damage as disks, networks and attackers do it: to any byte, and to the structure of the file.</summary>
internal static class PictureMutation
{
    internal static byte[] OfJpeg(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        return random.Next(8) < 5 ? Anywhere(bytes, random) : InSegment(bytes, random);
    }

    internal static byte[] OfPng(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        return random.Next(8) < 3 ? Anywhere(bytes, random) : InChunk(bytes, random);
    }

    private static byte[] Anywhere(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length);
        var length = random.Next(1, 1 + Math.Min(40, bytes.Length - at));
        switch (random.Next(6))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 3:
                random.NextBytes(bytes.AsSpan(at, length));
                return bytes;
            case 4:
                bytes[at] = (byte)(random.Next(2) * 255);
                return bytes;
            default:
                FlipBits(bytes, random, 1 + random.Next(4));
                return bytes;
        }
    }

    /// <summary>A marker segment's length lies, or its content changes (tables, sizes, EXIF).</summary>
    private static byte[] InSegment(byte[] bytes, Random random)
    {
        var segments = new List<int>();
        for (var at = 2; at + 4 <= bytes.Length && bytes[at] == 0xFF && bytes[at + 1] != 0xD9;)
        {
            segments.Add(at);
            if (bytes[at + 1] == 0xDA)
                break;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2));
        }

        var segment = segments[random.Next(segments.Count)];
        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(segment + 2));
        switch (random.Next(3))
        {
            case 0:
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(segment + 2), (ushort)(random.Next(2) == 0 ? random.Next(65536) : length + random.Next(-3, 4)));
                break;
            case 1:
                bytes[segment + 1] = (byte)random.Next(0xC0, 0xFF);
                break;
            default:
                FlipBits(bytes.AsSpan(segment + 4, length - 2), random, 1 + random.Next(3));
                break;
        }

        return bytes;
    }

    /// <summary>A chunk's length lies, its content changes under a checksum that is right again, or it is dropped or doubled.</summary>
    private static byte[] InChunk(byte[] bytes, Random random)
    {
        var chunks = new List<(int At, int Length)>();
        for (var at = 8; at < bytes.Length;)
        {
            var content = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            chunks.Add((at, content));
            at += content + 12;
        }

        var (chunk, length) = chunks[random.Next(chunks.Count)];
        var end = chunk + length + 12;
        switch (random.Next(6))
        {
            case 0:
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(chunk), random.Next(2) == 0 ? random.Next(int.MinValue, int.MaxValue) : length + random.Next(-12, 13));
                return bytes;
            case 1:
                return [.. bytes[..chunk], .. bytes[end..]];
            case 2:
                return [.. bytes[..end], .. bytes[chunk..]];
            default:
                if (length > 0)
                    FlipBits(bytes.AsSpan(chunk + 8, length), random, 1 + random.Next(3));
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(end - 4), Checksum(bytes.AsSpan(chunk + 4, length + 4)));
                return bytes;
        }
    }

    private static void FlipBits(Span<byte> bytes, Random random, int count)
    {
        for (var i = 0; i < count && bytes.Length > 0; i++)
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
    }

    /// <summary>CRC-32 as in the PNG specification, annex D.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        return ~crc;
    }
}
