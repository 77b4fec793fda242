using EdgeFace.Core;
using EdgeFace.Core.Security;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery;

/// <summary>A snapshot file, as its header describes it.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Revision">Of the gallery when it was written.</param>
/// <param name="ModelId">Whose templates.</param>
/// <param name="Dimension">Values of a template.</param>
/// <param name="Templates">In it.</param>
/// <param name="People">In it.</param>
/// <param name="KeyId">The key that it is sealed with.</param>
/// <param name="IsCurrent">Whether the gallery takes it for its own; what has changed since is read from the gallery.</param>
public sealed record SnapshotInfo(
    string Path, long Bytes, long Revision, string ModelId, int Dimension, int Templates, int People, uint KeyId, bool IsCurrent);

/// <summary>
/// The snapshot beside a gallery. The gallery wins: a file that is damaged, of another history or of somebody who has left is never
/// used, and goes.
/// </summary>
internal sealed class SnapshotStore(GalleryDatabase database, KeyRing? ring, TimeProvider time, ILogger logger)
{
    private string Path => PathOf(database.Path);

    public static string PathOf(string gallery) => gallery + ".snapshot";

    /// <summary>Loads it if it is of this gallery and model. The caller is in a read transaction.</summary>
    public (GalleryIndex Index, SnapshotFile File)? Load(string modelId, bool keepSealed)
    {
        if (ring is null || !File.Exists(Path))
            return null;
        try
        {
            var file = SnapshotFile.Open(Path);
            if (WhyNot(file.Header, modelId) is { } reason)
                throw new SnapshotException(reason);
            var index = file.Load(ring, keepSealed);
            Log.SnapshotLoaded(logger, file.Header.Mark.Revision, file.Header.Templates);
            return (index, file);
        }
        catch (Exception error) when (error is SnapshotException or InputException or IOException or UnauthorizedAccessException)
        {
            Refuse(error is SnapshotException ? error.Message : "it cannot be read, or its key is gone");
            return null;
        }
    }

    /// <summary>The file as it is; null when it cannot be opened.</summary>
    public SnapshotFile? Open()
    {
        try
        {
            return SnapshotFile.Open(Path);
        }
        catch (Exception error) when (error is SnapshotException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Says why the file is not used, and removes it.</summary>
    public void Refuse(string reason)
    {
        Log.SnapshotRefused(logger, Path, reason);
        Delete();
    }

    /// <summary>Writes a search down.</summary>
    /// <returns>False when somebody left meanwhile: the file would hold them, and is gone again.</returns>
    /// <exception cref="InputException">It cannot be written, or the gallery is not encrypted.</exception>
    public bool Write(IndexedSearch search, SearchMark mark)
    {
        if (ring is null)
            throw GalleryErrors.NoKeys(database.Path);
        try
        {
            var id = SnapshotWriter.Write(Path, search, mark, ring, database.Read(() => database.Rows.KeyId), time);
            // Noted after the rename: until then the file counts for nothing. Whoever leaves from here on takes it along.
            var stays = database.Maintain(() =>
            {
                database.Rows.SnapshotId = id.ToString();
                return database.Rows.LastRemoval == mark.Removal;
            });
            if (!stays)
                Delete();
            else
                Log.SnapshotWritten(logger, mark.Revision, search.Templates);
            return stays;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Path}: the snapshot cannot be written: check the folder's permissions and the space on the disk.", error);
        }
    }

    public SnapshotInfo? Info() => File.Exists(Path) ? Read(file => file) : null;

    public SnapshotInfo Verify()
    {
        if (ring is null || !File.Exists(Path))
            throw new InputException($"{Path}: there is no snapshot: write one with 'edgeface gallery snapshot write'.");
        return Read(file =>
        {
            file.Load(ring, keepSealed: false);
            return file;
        });
    }

    private SnapshotInfo Read(Func<SnapshotFile, SnapshotFile> check)
    {
        try
        {
            var header = check(SnapshotFile.Open(Path)).Header;
            var current = database.Read(() => WhyNot(header, header.ModelId) is null);
            return new SnapshotInfo(
                Path, header.Length, header.Mark.Revision, header.ModelId, header.Dimension, header.Templates, header.People, header.KeyId, current);
        }
        catch (Exception error) when (error is SnapshotException or IOException or UnauthorizedAccessException)
        {
            var reason = error is SnapshotException ? error.Message : "it cannot be read";
            throw new InputException($"{Path}: the snapshot cannot be used: {reason}; the gallery is not affected, write another one.", error);
        }
    }

    private string? WhyNot(SnapshotHeader header, string modelId)
        => header.Id.ToString() != database.Rows.SnapshotId || header.Mark.Revision > database.Rows.Revision ? "it is of another state of the gallery"
        : header.ModelId != modelId ? "it is of another model"
        : null;

    private void Delete()
    {
        try
        {
            File.Delete(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.SnapshotRefused(logger, Path, "it cannot be removed either");
        }
    }
}
