using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using EdgeFace.Gallery.Sync;

namespace EdgeFace.Server.Sync.Simulation;

/// <summary>Boards that ask, verify and acknowledge as real ones do, and store nothing. A fixed number of loops drives them all.</summary>
internal sealed class SimulatedBoards(HttpClient http, string group, IReadOnlyList<string> keys, string model, int loops, TimeProvider time)
{
    private readonly long[] _cursors = new long[keys.Count];
    private long _bytes;
    private long _requests;
    private long _failed;

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Requests => Interlocked.Read(ref _requests);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>All boards are at a revision, as after fetching it.</summary>
    public void Place(long revision) => _cursors.AsSpan().Fill(revision);

    /// <summary>Every board goes to the server's present.</summary>
    /// <param name="acknowledge">Whether they say so.</param>
    /// <returns>When each was there, seconds from the start, ascending.</returns>
    public async Task<double[]> AllAskAsync(bool acknowledge, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        var there = new double[keys.Count];
        await Parallel.ForAsync(0, keys.Count, new ParallelOptions { MaxDegreeOfParallelism = loops, CancellationToken = cancellation }, async (board, stop) =>
        {
            await AskAsync(board, acknowledge, stop);
            there[board] = time.GetElapsedTime(begun).TotalSeconds;
        });
        Array.Sort(there);
        return there;
    }

    /// <summary>One board fetches everything and verifies it.</summary>
    /// <returns>The snapshot's list.</returns>
    public async Task<SnapshotManifest> FetchAllAsync(int board, Action? listed, CancellationToken cancellation)
    {
        var manifest = SnapshotManifest.Read((await GetAsync(board, $"/v1/gallery/snapshot?group={group}", cancellation)).Body);
        listed?.Invoke();
        var digest = new SetDigest();
        float? threshold = null;
        foreach (var entry in manifest.Pages)
        {
            var page = GalleryPage.Read((await GetAsync(board, $"/v1/gallery/snapshot/{entry.Id}?group={group}", cancellation)).Body, group);
            foreach (var change in page.Changes)
            {
                if (change.Change.Person is not null)
                    digest.Add(change.Seed);
            }

            threshold = page.Threshold;
        }

        return Convert.ToHexStringLower(digest.Digest(threshold)) == manifest.State
            ? manifest
            : throw new InvalidOperationException("The snapshot does not make the state that it says.");
    }

    private async Task AskAsync(int board, bool acknowledge, CancellationToken cancellation)
    {
        for (var final = false; !final;)
        {
            var (status, body) = await GetAsync(board, string.Create(CultureInfo.InvariantCulture, $"/v1/gallery/changes?since={_cursors[board]}&group={group}"), cancellation);
            if (status == HttpStatusCode.NoContent)
                return;
            if (status != HttpStatusCode.OK)
            {
                Interlocked.Increment(ref _failed);
                return;
            }

            var page = GalleryPage.Read(body, group);
            (_cursors[board], final) = (page.To, page.IsFinal);
            if (final && acknowledge)
                await AcknowledgeAsync(board, page, cancellation);
        }
    }

    private async Task AcknowledgeAsync(int board, GalleryPage page, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/gallery/ack")
        {
            Content = System.Net.Http.Json.JsonContent.Create(new SyncAcknowledgement(page.To, Convert.ToHexStringLower(page.State!), model), SyncJson.Default.SyncAcknowledgement),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", keys[board]);
        using var response = await http.SendAsync(request, cancellation);
        Interlocked.Increment(ref _requests);
        if (response.StatusCode != HttpStatusCode.NoContent)
            Interlocked.Increment(ref _failed);
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> GetAsync(int board, string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", keys[board]);
        request.Headers.AcceptEncoding.ParseAdd("br");
        using var response = await http.SendAsync(request, cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _bytes, body.Length + HeaderBytes(response));
        var coding = response.Content.Headers.ContentEncoding.FirstOrDefault() ?? PageCoding.Identity;
        return (response.StatusCode, PageCoding.Decode(body, coding, SyncLimits.MaxPageBytes));
    }

    private static int HeaderBytes(HttpResponseMessage response)
        => 17 + response.Headers.Concat(response.Content.Headers).Sum(header => header.Key.Length + header.Value.Sum(value => value.Length) + 4);
}
