using EdgeFace.Core;
using EdgeFace.Core.Security;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery;

/// <summary>How many rows stand under one key.</summary>
/// <param name="KeyId">0: not encrypted.</param>
/// <param name="People">Names.</param>
/// <param name="Templates">Vectors with their sources.</param>
public sealed record KeyUse(uint KeyId, long People, long Templates);

/// <summary>The encryption of a gallery.</summary>
/// <param name="KeyId">The key that new rows are sealed with; 0: they are not encrypted.</param>
/// <param name="Uses">All keys that rows stand under.</param>
/// <param name="KeyFile">Where the keys are; null without encryption.</param>
/// <param name="Keys">The keys there, oldest first.</param>
public sealed record GalleryKeyStatus(uint KeyId, IReadOnlyList<KeyUse> Uses, string? KeyFile, IReadOnlyList<KeyInfo> Keys)
{
    /// <summary>Rows or keys of an earlier key are left: a rotation was interrupted and wants to be run again.</summary>
    public bool RotationPending => Uses.Any(use => use.KeyId != KeyId) || Keys.Count > 1;
}

/// <summary>What a rotation did.</summary>
/// <param name="From">The key before; the same as <paramref name="To"/> when an interrupted rotation had come that far.</param>
/// <param name="To">The key that all rows are sealed with now.</param>
/// <param name="Rows">Rows sealed anew.</param>
/// <param name="KeysRemoved">Keys that were in the file and are not any more.</param>
public sealed record KeyRotation(uint From, uint To, long Rows, int KeysRemoved);

/// <summary>
/// Which key rows are sealed with, and how they come from one to another: row by row in small transactions, each of which leaves a
/// gallery that can be read. Which key is the current one stands in the gallery, not in the key file: every process seals with that,
/// so that a rotation by one never leaves behind what another one wrote meanwhile.
/// </summary>
internal sealed class GalleryKeys(GalleryDatabase database, KeyRing? ring, TimeProvider time, ILogger logger)
{
    private const int Batch = 256;

    private GalleryRows Rows => database.Rows;

    /// <summary>Checks that the key is there, and encrypts a gallery that is not encrypted yet.</summary>
    public void Begin()
    {
        var current = database.Read(() => Rows.KeyId);
        if (ring is null)
        {
            if (current != RowSeal.Plain)
                throw GalleryErrors.NoKeys(database.Path);
            return;
        }

        if (current == RowSeal.Plain)
            current = Switch(from => from == RowSeal.Plain ? ring.ActiveKeyId : from);
        if (!ring.Contains(current))
        {
            throw new InputException(
                $"The gallery {database.Path} is encrypted with key {KeyInfo.Format(current)}, which {ring.Path} does not have: put back the key file that has it.");
        }

        if (database.Read(() => Rows.HasRowsOf(RowSeal.Plain)))
        {
            var rows = SealAnew(current, RowSeal.Plain);
            database.ScrubNow();
            Log.Encrypted(logger, rows, KeyInfo.Format(current));
        }
    }

    public GalleryKeyStatus Status() => database.Read(() => new GalleryKeyStatus(Rows.KeyId, Rows.KeyUses(), ring?.Path, ring?.Keys ?? []));

    /// <summary>Seals all rows with a new key and removes the earlier ones; ends a rotation that was interrupted instead, if one was.</summary>
    public KeyRotation Rotate()
    {
        if (ring is null)
            throw GalleryErrors.NoKeys(database.Path);
        // One at a time, from the first step to the last: two would remove each other's keys.
        using var held = ring.HoldExclusively();
        var status = Status();
        var to = status.RotationPending ? ring.ActiveKeyId : ring.Add(time);
        var from = status.KeyId;
        Switch(_ => to);
        long rows = 0;
        foreach (var use in Status().Uses.Where(use => use.KeyId != to))
            rows += SealAnew(to, use.KeyId);
        database.ScrubNow();
        // Every change seals with the gallery's current key: no row of another one can have come since.
        var removed = Status().Uses.Any(use => use.KeyId != to) ? 0 : ring.RemoveOlderThan(to);
        Log.Rotated(logger, KeyInfo.Format(from), KeyInfo.Format(to), rows);
        return new KeyRotation(from, to, rows, removed);
    }

    private uint Switch(Func<uint, uint> choose) => database.Maintain(() =>
    {
        var to = choose(Rows.KeyId);
        Rows.SetKey(to);
        return to;
    });

    private long SealAnew(uint to, uint from)
    {
        long all = 0;
        for (var rows = Batch; rows == Batch; all += rows)
            rows = database.Maintain(() => Rows.SealAnew(to, from, Batch));
        return all;
    }
}
