using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace EdgeFace.Gallery.Sync;

/// <summary>What a server says to the question what follows a cursor.</summary>
internal enum AnswerKind
{
    /// <summary>A page.</summary>
    Page,

    /// <summary>Nothing.</summary>
    UpToDate,

    /// <summary>It does not know any more: only a snapshot leads on.</summary>
    TooOld,

    /// <summary>It has never been there: it was set back, or is another one.</summary>
    Ahead,
}

/// <param name="Page">Its bytes.</param>
/// <param name="Epoch">Of <see cref="AnswerKind.UpToDate"/> and <see cref="AnswerKind.Ahead"/>, as the rest.</param>
/// <param name="State">The group's digest there, hex.</param>
internal sealed record SyncAnswer(AnswerKind Kind, byte[]? Page, Guid Epoch, long Revision, string? State);

/// <summary>The HTTP side of the synchronisation. Used by one caller at a time.</summary>
internal sealed class SyncClient(HttpClient http, Func<AuthenticationHeaderValue> key, string group, TimeSpan firstPause, TimeProvider time)
{
    public const string EpochHeader = "EdgeFace-Epoch";
    public const string RevisionHeader = "EdgeFace-Revision";
    public const string StateHeader = "EdgeFace-State";

    private readonly ResumingDownload _download = new(http, key, firstPause, time);
    private readonly string _group = Uri.EscapeDataString(group);

    /// <summary>Bytes of bodies so far, as they travelled.</summary>
    public long Received => _download.Received;

    public int Resumed => _download.Resumed;

    public async Task<SyncAnswer> ChangesAsync(long since, CancellationToken cancellation)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/gallery/changes?since={since}&group={_group}");
        var answer = await _download.GetAsync(path, SyncLimits.MaxPageBytes, cancellation);
        return answer.Status switch
        {
            HttpStatusCode.OK => new SyncAnswer(AnswerKind.Page, answer.Body, default, 0, null),
            HttpStatusCode.NoContent => Placed(AnswerKind.UpToDate, answer.Headers),
            HttpStatusCode.Conflict => Placed(AnswerKind.Ahead, answer.Headers),
            HttpStatusCode.Gone => new SyncAnswer(AnswerKind.TooOld, null, default, 0, null),
            _ => throw Unusable(answer.Status),
        };
    }

    public async Task<SnapshotManifest> SnapshotAsync(CancellationToken cancellation)
    {
        var answer = await _download.GetAsync($"/v1/gallery/snapshot?group={_group}", SyncLimits.MaxManifestBytes, cancellation);
        return answer.Status == HttpStatusCode.OK ? SnapshotManifest.Read(answer.Body) : throw Unusable(answer.Status);
    }

    /// <returns>Null when the server does not have the page any more: there is a newer snapshot.</returns>
    public async Task<byte[]?> SnapshotPageAsync(SnapshotPage page, CancellationToken cancellation)
    {
        var answer = await _download.GetAsync($"/v1/gallery/snapshot/{page.Id}?group={_group}", SyncLimits.MaxPageBytes, cancellation);
        if (answer.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            return null;
        if (answer.Status != HttpStatusCode.OK)
            throw Unusable(answer.Status);
        if (answer.Body.Length != page.Bytes || Convert.ToHexStringLower(SHA256.HashData(answer.Body)) != page.Id)
            throw new SyncRefusedException("a snapshot's page is not the one of its list");
        return answer.Body;
    }

    public async Task AcknowledgeAsync(SyncAcknowledgement acknowledgement, CancellationToken cancellation)
    {
        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(acknowledgement, SyncJson.Default.SyncAcknowledgement);
        var status = await _download.PostAsync("/v1/gallery/ack", json, cancellation);
        if (status is not (HttpStatusCode.OK or HttpStatusCode.NoContent))
            throw Unusable(status);
    }

    private static SyncAnswer Placed(AnswerKind kind, HttpResponseHeaders headers)
    {
        if (!Guid.TryParse(One(headers, EpochHeader), out var epoch)
            || !long.TryParse(One(headers, RevisionHeader), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            || One(headers, StateHeader) is not { Length: 2 * SetDigest.DigestBytes } state)
            throw new SyncRefusedException("the server does not say where it is");
        return new SyncAnswer(kind, null, epoch, revision, state);
    }

    private static string? One(HttpResponseHeaders headers, string name)
        => headers.TryGetValues(name, out var values) && values.ToList() is [var value] ? value : null;

    private static SyncUnreachableException Unusable(HttpStatusCode status) => new(status switch
    {
        HttpStatusCode.Unauthorized => "it does not accept the key: check gallery.server.key_file",
        HttpStatusCode.Forbidden => "the key is not for this group: check gallery.server.group and the device on the server",
        HttpStatusCode.NotFound => "it has no such group, or is no gallery server: check gallery.server.address and group",
        HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => $"it is too busy (HTTP {(int)status})",
        _ => $"it answers with HTTP {(int)status}",
    });
}
