using EdgeFace.Core;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery.Sync;

/// <summary>One way from what the board holds to the server's present.</summary>
internal sealed class SyncRun(SyncClient client, SyncStore store, PageSpool spool, SyncModel model, string group, ILogger logger)
{
    private const int MaxPages = 100_000;
    private const int MaxManifests = 3;

    public int Upserted { get; private set; }

    public int Removed { get; private set; }

    public bool WasFull { get; private set; }

    /// <summary>The server's revision as far as it is known; null: not asked yet.</summary>
    public long? ServerRevision { get; private set; }

    /// <exception cref="SyncUnreachableException">The server does not answer.</exception>
    /// <exception cref="SyncRefusedException">What it sent is not applied.</exception>
    /// <exception cref="InputException">The gallery cannot be written.</exception>
    /// <exception cref="IOException">Pages cannot be kept.</exception>
    public async Task GoAsync(CancellationToken cancellation)
    {
        if (store.State() is not { } state)
            await FetchAllAsync(reason: null, cancellation);
        else if (state.Group != group)
            await FetchAllAsync("the board was moved to another group", cancellation);
        else if (state.ModelHash != model.Hash)
            await FetchAllAsync("the board has another embedder now", cancellation);

        for (var pages = 0; pages < MaxPages; pages++)
        {
            var (done, reason) = await StepAsync(store.State()!, cancellation);
            if (done)
                return;
            if (reason is null)
                continue;
            if (WasFull)
                throw new SyncRefusedException($"{reason}, and that again right after everything was fetched");
            await FetchAllAsync(reason, cancellation);
        }

        throw new SyncRefusedException("the changes do not come to an end");
    }

    /// <returns>Whether the present is reached; otherwise why everything must be fetched, or null to go on.</returns>
    private async Task<(bool Done, string? Reason)> StepAsync(SyncState state, CancellationToken cancellation)
    {
        var answer = await client.ChangesAsync(state.Cursor, cancellation);
        switch (answer.Kind)
        {
            case AnswerKind.UpToDate:
                ServerRevision = answer.Revision;
                if (answer.Epoch == state.Epoch && answer.Revision > state.Cursor)
                    return (false, null);
                return answer.Epoch == state.Epoch && answer.Revision == state.Cursor && answer.State == Hex(state)
                    ? (true, null)
                    : (false, "the server holds something else at this board's revision");
            case AnswerKind.Ahead:
                ServerRevision = answer.Revision;
                // It has come past the cursor between its question and its answer.
                if (answer.Epoch == state.Epoch && answer.Revision >= state.Cursor)
                    return (false, null);
                if (answer.State != Hex(state))
                    return (false, $"the server has gone back to revision {answer.Revision} and holds something else there");
                store.Renumber(answer.Epoch, answer.Revision);
                Log.WentBack(logger, state.Cursor, answer.Revision);
                return (true, null);
            case AnswerKind.TooOld:
                return (false, "the server does not know any more what has changed since this board's revision");
            default:
                return Apply(GalleryPage.Read(answer.Page, group), state);
        }
    }

    private (bool Done, string? Reason) Apply(GalleryPage page, SyncState state)
    {
        if (page.Epoch != state.Epoch)
            return (false, "the server has begun another history");
        ServerRevision = Math.Max(ServerRevision ?? 0, page.To);
        try
        {
            Count(store.Apply(page, model));
            if (!page.IsFinal && page.To == page.From)
                throw new SyncRefusedException("the server sends pages that lead nowhere");
            return (page.IsFinal, null);
        }
        catch (SyncStateException exception)
        {
            return (false, exception.Message);
        }
    }

    private async Task FetchAllAsync(string? reason, CancellationToken cancellation)
    {
        if (reason is not null)
            Log.Full(logger, reason);
        WasFull = true;
        for (var attempt = 0; attempt < MaxManifests; attempt++)
        {
            var manifest = await client.SnapshotAsync(cancellation);
            ServerRevision = manifest.Revision;
            spool.Begin(manifest);
            if (!await FetchPagesAsync(manifest, cancellation))
                continue;
            try
            {
                Count(store.Replace(group, manifest, manifest.Pages.Select(page => GalleryPage.Read(spool.Read(page), group)), model));
            }
            catch (SyncStateException exception)
            {
                spool.Remove();
                throw new SyncRefusedException(exception.Message, exception);
            }
            catch (SyncRefusedException)
            {
                // What does not verify now never will: it is fetched anew.
                spool.Remove();
                throw;
            }

            spool.Remove();
            return;
        }

        throw new SyncRefusedException("the server's snapshot changes faster than it can be fetched");
    }

    private async Task<bool> FetchPagesAsync(SnapshotManifest manifest, CancellationToken cancellation)
    {
        foreach (var page in manifest.Pages)
        {
            if (spool.Has(page))
                continue;
            if (await client.SnapshotPageAsync(page, cancellation) is not { } bytes)
                return false;
            // Looked at before it takes space.
            GalleryPage.Read(bytes, group);
            spool.Write(page, bytes);
        }

        return true;
    }

    private void Count(SyncApplied applied)
    {
        Upserted += applied.Upserted;
        Removed += applied.Removed;
    }

    private static string Hex(SyncState state) => Convert.ToHexStringLower(state.Digest());
}
