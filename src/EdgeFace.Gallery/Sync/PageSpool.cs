using System.Security.Cryptography;
using System.Text;
using EdgeFace.Core;
using EdgeFace.Core.IO;
using EdgeFace.Core.Security;

namespace EdgeFace.Gallery.Sync;

/// <summary>
/// The pages of a snapshot on the disk until all are there: a download that takes hours survives a restart. Sealed where the gallery
/// is; readable for their owner alone.
/// </summary>
internal sealed class PageSpool(string folder, AeadBox? box)
{
    private const string Extension = ".page";

    /// <summary>Keeps those of this snapshot, removes all others.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    public void Begin(SnapshotManifest manifest)
    {
        if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var wanted = manifest.Pages.Select(page => page.Id + Extension).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (!wanted.Contains(Path.GetFileName(file)))
                File.Delete(file);
        }
    }

    public bool Has(SnapshotPage page) => File.Exists(PathOf(page));

    /// <exception cref="IOException">It cannot be written: no space, no rights.</exception>
    public void Write(SnapshotPage page, byte[] bytes)
        => DurableFile.Write(PathOf(page), stream => stream.Write(box is null ? bytes : box.Seal(bytes, Binding(page))), DurableFile.OwnerOnly);

    /// <exception cref="SyncRefusedException">The file is damaged; it is removed, so that the page is fetched again.</exception>
    public byte[] Read(SnapshotPage page)
    {
        var bytes = File.ReadAllBytes(PathOf(page));
        var plain = Open(bytes, page);
        if (plain?.Length == page.Bytes && Convert.ToHexStringLower(SHA256.HashData(plain)) == page.Id)
            return plain;
        File.Delete(PathOf(page));
        throw new SyncRefusedException("a page on this board's disk is damaged and will be fetched again");
    }

    public void Remove()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private byte[]? Open(byte[] bytes, SnapshotPage page)
    {
        try
        {
            return box is null ? bytes : box.Open(bytes, Binding(page));
        }
        catch (InputException)
        {
            // Its key was changed since.
            return null;
        }
    }

    private static byte[] Binding(SnapshotPage page) => Encoding.ASCII.GetBytes(page.Id);

    private string PathOf(SnapshotPage page) => Path.Combine(folder, page.Id + Extension);
}
