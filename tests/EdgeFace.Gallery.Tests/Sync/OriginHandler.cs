using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeFace.Gallery.Sync;

namespace EdgeFace.Gallery.Tests.Sync;

/// <summary>An <see cref="Origin"/> behind HTTP, with faults.</summary>
internal sealed class OriginHandler(Origin origin) : HttpMessageHandler
{
    private (long Revision, SnapshotManifest Manifest, Dictionary<string, byte[]> Pages)? _snapshot;

    public int PageSize { get; set; } = 64;

    /// <summary>Takes the place of an answer before it is compressed; null leaves it.</summary>
    public Func<string, byte[], byte[]>? Alter { get; set; }

    /// <summary>Takes the place of the whole answer; null leaves it.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?>? Instead { get; set; }

    /// <summary>The share of the next answers' bodies after which the connection breaks, one for each; then all runs through.</summary>
    public Queue<double> Cuts { get; } = new();

    public int CutsMade { get; private set; }

    public int Requests { get; private set; }

    public int Ranges { get; private set; }

    public List<SyncAcknowledgement> Acknowledged { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests++;
        if (Instead?.Invoke(request) is { } other)
            return other;
        if (request.Headers.Authorization?.Parameter != SyncFixture.Key)
            return new HttpResponseMessage(HttpStatusCode.Unauthorized);
        var path = request.RequestUri!.AbsolutePath;
        if (path == "/v1/gallery/ack")
        {
            Acknowledged.Add(JsonSerializer.Deserialize(await request.Content!.ReadAsByteArrayAsync(cancellationToken), SyncJson.Default.SyncAcknowledgement)!);
            return new HttpResponseMessage(HttpStatusCode.NoContent);
        }

        if (path == "/v1/gallery/changes")
            return Changes(request);
        if (_snapshot?.Revision != origin.Revision && path == "/v1/gallery/snapshot")
        {
            var (manifest, pages) = origin.Snapshot(PageSize);
            _snapshot = (origin.Revision, manifest, pages);
        }

        if (path == "/v1/gallery/snapshot")
            return Body(request, _snapshot!.Value.Manifest.Write());
        return _snapshot?.Pages.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var page) == true ? Body(request, page) : new HttpResponseMessage(HttpStatusCode.NotFound);
    }

    private HttpResponseMessage Changes(HttpRequestMessage request)
    {
        var query = request.RequestUri!.Query.TrimStart('?').Split('&').Select(part => part.Split('=')).ToDictionary(part => part[0], part => part[1]);
        var since = long.Parse(query["since"], CultureInfo.InvariantCulture);
        if (since == origin.Revision || since > origin.Revision)
        {
            var answer = new HttpResponseMessage(since == origin.Revision ? HttpStatusCode.NoContent : HttpStatusCode.Conflict);
            answer.Headers.Add(SyncClient.EpochHeader, origin.Epoch.ToString());
            answer.Headers.Add(SyncClient.RevisionHeader, origin.Revision.ToString(CultureInfo.InvariantCulture));
            answer.Headers.Add(SyncClient.StateHeader, origin.State());
            return answer;
        }

        return since < origin.Oldest ? new HttpResponseMessage(HttpStatusCode.Gone) : Body(request, origin.Page(since, PageSize));
    }

    private HttpResponseMessage Body(HttpRequestMessage request, byte[] plain)
    {
        plain = Alter?.Invoke(request.RequestUri!.AbsolutePath, plain) ?? plain;
        var body = PageCoding.Encode(plain, PageCoding.Brotli);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..16]}\"");
        var from = 0;
        if (request.Headers.Range?.Ranges.Single().From is { } start && request.Headers.IfRange?.EntityTag?.Equals(tag) == true)
        {
            from = (int)start;
            Ranges++;
        }

        var rest = body[from..];
        var answer = new HttpResponseMessage(from > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK)
        {
            Content = new StreamContent(Cuts.TryDequeue(out var share) ? new BrokenStream(rest[..(int)(share * rest.Length)]) : new MemoryStream(rest)),
        };
        CutsMade += share > 0 ? 1 : 0;
        answer.Headers.ETag = tag;
        answer.Content.Headers.ContentEncoding.Add(PageCoding.Brotli);
        if (from > 0)
            answer.Content.Headers.ContentRange = new ContentRangeHeaderValue(from, body.Length - 1, body.Length);
        return answer;
    }

    /// <summary>Gives what it has, and then breaks.</summary>
    private sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count)
            => base.Read(buffer, offset, count) is var read and > 0 ? read : throw new IOException("The connection was cut.");

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var piece = new byte[buffer.Length];
            await Task.Yield();
            var read = Read(piece, 0, piece.Length);
            piece.AsSpan(0, read).CopyTo(buffer.Span);
            return read;
        }
    }
}
