using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeFace.Gallery.Sync;

/// <summary>The pages that make a group as of one revision. Neither they nor their order ever change.</summary>
/// <param name="Epoch">The server's history.</param>
/// <param name="Revision">The cursor to go on with.</param>
/// <param name="State">The group's digest there, 64 hex digits.</param>
/// <param name="Pages">In the order of application.</param>
internal sealed record SnapshotManifest(Guid Epoch, long Revision, string State, IReadOnlyList<SnapshotPage> Pages)
{
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, SyncJson.Default.SnapshotManifest);

    /// <exception cref="SyncRefusedException">It is none, or beyond a limit.</exception>
    public static SnapshotManifest Read(ReadOnlySpan<byte> json)
    {
        SnapshotManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(json, SyncJson.Default.SnapshotManifest);
        }
        catch (JsonException exception)
        {
            throw new SyncRefusedException("the list of a snapshot's pages cannot be read", exception);
        }

        if (manifest is null || manifest.Revision < 0 || !IsDigest(manifest.State) || manifest.Pages is not { Count: > 0 and <= SyncLimits.MaxSnapshotPages })
            throw new SyncRefusedException("the list of a snapshot's pages is none");
        foreach (var page in manifest.Pages)
        {
            if (page is null || !IsDigest(page.Id) || page.Bytes is < GalleryPage.HeaderBytes or > SyncLimits.MaxPageBytes)
                throw new SyncRefusedException("the list of a snapshot's pages holds what is no page");
        }

        return manifest;
    }

    private static bool IsDigest(string? text) => text?.Length == 2 * SetDigest.DigestBytes && text.All(char.IsAsciiHexDigitLower);
}

/// <summary>A page of a snapshot.</summary>
/// <param name="Id">SHA-256 of the page, decompressed, in hex: what it is asked for by.</param>
/// <param name="Bytes">Its length, decompressed.</param>
internal sealed record SnapshotPage(string Id, int Bytes);

/// <summary>A board's word that it holds a revision.</summary>
/// <param name="Digest">Its own state digest, 64 hex digits.</param>
/// <param name="Model">SHA-256 of its embedder.</param>
internal sealed record SyncAcknowledgement(long Revision, string Digest, string Model);

/// <summary>What a retained message tells.</summary>
/// <param name="SpreadMs">Boards wait a random part of this before they ask, so that a large group does not come at once.</param>
internal sealed record RevisionNote(long Revision, int SpreadMs)
{
    public const int MaxSpreadMs = 60_000;

    /// <summary><c>edgeface-gallery/GROUP/revision</c></summary>
    public static string Topic(string group) => $"edgeface-gallery/{group}/revision";

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, SyncJson.Default.RevisionNote);

    /// <summary>Null when it is none: a note only brings a question forward, so nothing is lost.</summary>
    public static RevisionNote? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return json.Length <= 1024 ? JsonSerializer.Deserialize(json, SyncJson.Default.RevisionNote) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SnapshotManifest))]
[JsonSerializable(typeof(SyncAcknowledgement))]
[JsonSerializable(typeof(RevisionNote))]
internal sealed partial class SyncJson : JsonSerializerContext;
