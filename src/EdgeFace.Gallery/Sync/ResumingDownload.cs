using System.Net;
using System.Net.Http.Headers;
using EdgeFace.Core;

namespace EdgeFace.Gallery.Sync;

/// <summary>The server cannot be reached or does not answer as it should; later it may. The message is one sentence.</summary>
internal sealed class SyncUnreachableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An answer, decompressed.</summary>
internal sealed record Downloaded(HttpStatusCode Status, HttpResponseHeaders Headers, byte[] Body);

/// <summary>Gets an answer whole: one that is cut off goes on at the byte where it stopped, as long as the server still has the same.</summary>
internal sealed class ResumingDownload(HttpClient http, Func<AuthenticationHeaderValue> key, TimeSpan firstPause, TimeProvider time)
{
    private const int MaxAttemptsWithoutProgress = 4;
    private const int MaxAttempts = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private long _received;

    /// <summary>Bytes of bodies so far, as they travelled.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Times that a download went on where it had stopped.</summary>
    public int Resumed { get; private set; }

    /// <param name="most">Bytes of the answer, decompressed or not.</param>
    /// <exception cref="SyncUnreachableException">There is no whole answer.</exception>
    /// <exception cref="SyncRefusedException">The answer is longer than allowed, or not what was asked for.</exception>
    public async Task<Downloaded> GetAsync(string path, int most, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        var backoff = new Backoff(firstPause, LongestPause, Random.Shared.NextDouble);
        using var part = new Part(most);
        for (var (attempt, idle) = (1, 1); ; attempt++, idle++)
        {
            var before = part.Length;
            try
            {
                if (await TryAsync(path, part, either.Token) is { } answer)
                    return answer;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                cancellation.ThrowIfCancellationRequested();
                if (part.Length > before)
                    idle = 0;
                if (idle >= MaxAttemptsWithoutProgress || attempt >= MaxAttempts || deadline.IsCancellationRequested)
                    throw new SyncUnreachableException(Reason(exception), exception);
            }

            await Task.Delay(backoff.Next(), time, cancellation);
        }
    }

    public async Task<HttpStatusCode> PostAsync(string path, byte[] json, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = key();
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new SyncUnreachableException(Reason(exception), exception);
        }
    }

    /// <summary>Null: the connection ended before the answer did.</summary>
    private async Task<Downloaded?> TryAsync(string path, Part part, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(Patience, time);
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = key();
        request.Headers.AcceptEncoding.ParseAdd("br, gzip;q=0.5");
        if (part is { Length: > 0, Tag: { } tag })
        {
            request.Headers.Range = new RangeHeaderValue(part.Length, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, idle.Token);
        if (part.Begin(response))
            Resumed++;
        await using var stream = await response.Content.ReadAsStreamAsync(idle.Token);
        var piece = new byte[64 << 10];
        for (int count; (count = await stream.ReadAsync(piece, idle.Token)) > 0; silence.CancelAfter(Patience))
        {
            Interlocked.Add(ref _received, count);
            part.Append(piece.AsSpan(0, count));
        }

        return new Downloaded(part.Status, response.Headers, PageCoding.Decode(part.ToArray(), part.Coding, part.Most));
    }

    private static string Reason(Exception exception) => exception switch
    {
        OperationCanceledException => "it does not answer in time",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name is not known",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "it cannot be connected to",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            $"TLS fails ({exception.InnerException?.Message.TrimEnd('.') ?? "no reason given"}): check the certificates, and this device's clock",
        _ => "the connection breaks off",
    };

    /// <summary>What has come so far.</summary>
    private sealed class Part(int most) : IDisposable
    {
        private readonly MemoryStream _bytes = new();

        public int Most => most;

        public long Length => _bytes.Length;

        public EntityTagHeaderValue? Tag { get; private set; }

        public string Coding { get; private set; } = PageCoding.Identity;

        public HttpStatusCode Status { get; private set; }

        public byte[] ToArray() => _bytes.ToArray();

        /// <returns>Whether it goes on where it stopped.</returns>
        public bool Begin(HttpResponseMessage response)
        {
            if (response.Content.Headers.ContentLength > most)
                throw new SyncRefusedException($"the answer has {response.Content.Headers.ContentLength} bytes, more than {most}");
            if (response.StatusCode == HttpStatusCode.PartialContent)
            {
                if (Length == 0 || response.Content.Headers.ContentRange is not { Unit: "bytes" } range || range.From != Length || !Equals(response.Headers.ETag, Tag))
                    throw new SyncRefusedException("the server continues another answer than the one that broke off");
                return true;
            }

            _bytes.SetLength(0);
            Status = response.StatusCode;
            Tag = response.Headers.ETag is { IsWeak: false } tag && response.StatusCode == HttpStatusCode.OK ? tag : null;
            Coding = string.Join(',', response.Content.Headers.ContentEncoding) is { Length: > 0 } coding ? coding : PageCoding.Identity;
            return false;
        }

        public void Append(ReadOnlySpan<byte> piece)
        {
            if (Length + piece.Length > most)
                throw new SyncRefusedException($"the answer does not end after {most} bytes");
            _bytes.Write(piece);
        }

        public void Dispose() => _bytes.Dispose();
    }
}
