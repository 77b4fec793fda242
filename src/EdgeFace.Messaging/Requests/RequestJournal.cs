using System.Text.Json;
using EdgeFace.Core.IO;

namespace EdgeFace.Messaging.Requests;

/// <summary>
/// The transactions of requests that must not be done twice, in a file: written before the work begins, so that a request which is
/// delivered again after a crash or a restart is known. Holds no names and no pictures.
/// </summary>
public sealed class RequestJournal(string path, TimeProvider time)
{
    /// <summary>Most transactions kept.</summary>
    public const int MostEntries = 1024;

    /// <summary>How long a transaction is kept, and how far ahead a signed request may end.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private const int MostFileBytes = 4 << 20;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Lock _lock = new();
    private List<Line>? _lines;

    /// <param name="Hash">Of the payload.</param>
    /// <param name="Until">When it may be forgotten.</param>
    /// <param name="Response">What was answered; null when the device stopped before it could.</param>
    public sealed record Line(string Name, string Transaction, string Hash, DateTimeOffset Until, string? Response);

    /// <summary>What is known of a transaction; null for nothing.</summary>
    public Line? Find(string name, string transaction)
    {
        lock (_lock)
            return Lines.Find(line => line.Name == name && line.Transaction == transaction);
    }

    /// <summary>Notes that a request is begun; false when too many are kept already.</summary>
    /// <exception cref="IOException">It cannot be kept; the request must not be carried out.</exception>
    public bool Begin(string name, string transaction, string hash)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            List<Line> next = [.. Lines.Where(line => line.Until > now)];
            if (next.Count >= MostEntries)
                return false;
            // Twice the time: a signed request that ends at the last moment is still known then, whatever small steps the clock takes.
            next.Add(new Line(name, transaction, hash, now + (2 * Kept), Response: null));
            Save(next);
            return true;
        }
    }

    /// <summary>Notes what was answered. When that cannot be kept, a repetition will be told that the outcome is not known.</summary>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public void Finish(string name, string transaction, string response)
    {
        lock (_lock)
            Save([.. Lines.Select(line => line.Name == name && line.Transaction == transaction ? line with { Response = response } : line)]);
    }

    private List<Line> Lines => _lines ??= Load();

    private List<Line> Load()
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > MostFileBytes)
                return [];
            return JsonSerializer.Deserialize<List<Line>>(File.ReadAllBytes(path), Json)?.FindAll(line => line is { Name: not null, Transaction: not null, Hash: not null }) ?? [];
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            // A damaged journal keeps nobody from asking; the worst is one request done twice.
            return [];
        }
    }

    private void Save(List<Line> lines)
    {
        try
        {
            DurableFile.Write(path, stream => JsonSerializer.Serialize(stream, lines, Json), DurableFile.OwnerOnly);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        _lines = lines;
    }
}
