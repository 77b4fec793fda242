using System.IO.Compression;

namespace EdgeFace.Gallery.Sync;

/// <summary>How a page is compressed on its way.</summary>
internal static class PageCoding
{
    public const string Brotli = "br";
    public const string Gzip = "gzip";
    public const string Identity = "identity";

    /// <summary>Quality 4: the pages hardly get smaller above it (their low bytes are noise), and take many times as long.</summary>
    private const int BrotliQuality = 4;

    private const int BrotliWindow = 22;

    /// <summary>The best coding of those a client accepts (RFC 9110, 12.5.3); identity when there is none.</summary>
    public static string Choose(string? acceptEncoding)
    {
        var (best, bestWeight) = (Identity, 0.0);
        foreach (var part in (acceptEncoding ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = part.Split(';', StringSplitOptions.TrimEntries);
            var weight = 1.0;
            if (fields.Length > 1 && fields[1].StartsWith("q=", StringComparison.OrdinalIgnoreCase)
                && double.TryParse(fields[1].AsSpan(2), System.Globalization.CultureInfo.InvariantCulture, out var given))
                weight = given;
            var coding = fields[0].ToLowerInvariant();
            if (coding is Brotli or Gzip && (weight > bestWeight || (weight == bestWeight && weight > 0 && coding == Brotli)))
                (best, bestWeight) = (coding, weight);
        }

        return best;
    }

    public static byte[] Encode(byte[] page, string coding)
    {
        switch (coding)
        {
            case Brotli:
                var encoded = new byte[BrotliEncoder.GetMaxCompressedLength(page.Length)];
                if (!BrotliEncoder.TryCompress(page, encoded, out var length, BrotliQuality, BrotliWindow))
                    throw new InvalidOperationException("Brotli did not compress a page.");
                return encoded[..length];
            case Gzip:
                using (var stream = new MemoryStream())
                {
                    using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
                        gzip.Write(page);
                    return stream.ToArray();
                }

            default:
                return page;
        }
    }

    /// <summary>Decompresses no more than is allowed, however much there is.</summary>
    /// <exception cref="SyncRefusedException">It is no such stream, or longer than allowed.</exception>
    public static byte[] Decode(byte[] encoded, string coding, int most)
    {
        if (coding == Identity)
            return encoded.Length <= most ? encoded : throw TooLong(most);
        using var source = new MemoryStream(encoded);
        using Stream stream = coding switch
        {
            Brotli => new BrotliStream(source, CompressionMode.Decompress),
            Gzip => new GZipStream(source, CompressionMode.Decompress),
            _ => throw new SyncRefusedException("the server used a compression that was not asked for"),
        };
        try
        {
            return Read(stream, most);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or IOException)
        {
            throw new SyncRefusedException("the answer's compression is damaged", exception);
        }
    }

    private static byte[] Read(Stream stream, int most)
    {
        using var all = new MemoryStream();
        var piece = new byte[64 << 10];
        for (int count; (count = stream.Read(piece)) > 0;)
        {
            if (all.Length + count > most)
                throw TooLong(most);
            all.Write(piece, 0, count);
        }

        return all.ToArray();
    }

    private static SyncRefusedException TooLong(int most) => new($"the answer is longer than {most} bytes when it is decompressed");
}
