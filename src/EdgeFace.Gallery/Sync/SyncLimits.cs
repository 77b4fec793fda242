namespace EdgeFace.Gallery.Sync;

/// <summary>What a board takes from a server at most: whatever is beyond is refused before it costs memory.</summary>
internal static class SyncLimits
{
    /// <summary>A page, decompressed or not.</summary>
    public const int MaxPageBytes = 4 << 20;

    /// <summary>What a server puts into a page, as long as more than one change is in it.</summary>
    public const int TargetPageBytes = 1 << 20;

    /// <summary>Changes in a page.</summary>
    public const int MaxChanges = 4096;

    /// <summary>Changes that a server puts into a page.</summary>
    public const int TargetChanges = 256;

    /// <summary>Templates of a person.</summary>
    public const int MaxTemplates = 64;

    public const int MaxDimension = 4096;

    /// <summary>UTF-8 of the longest name.</summary>
    public const int MaxNameBytes = PersonName.MaxLength * 4;

    /// <summary>UTF-8 of a group's name.</summary>
    public const int MaxGroupBytes = 64;

    /// <summary>People on a board.</summary>
    public const int MaxPeople = 2_000_000;

    /// <summary>Pages of a snapshot.</summary>
    public const int MaxSnapshotPages = 65_536;

    /// <summary>A snapshot's list of pages.</summary>
    public const int MaxManifestBytes = 8 << 20;

    /// <summary>How far a vector's squared length may be from 1.</summary>
    public const float NormTolerance = 1e-3f;
}
