using System.Security.Cryptography;
using System.Text;
using EdgeFace.Gallery.Sync;

namespace EdgeFace.Server.Sync;

/// <summary>
/// A group as of one revision, in pages that never change. They lie in a file without a name, sealed with a key that is nowhere but
/// in memory: when the snapshot goes, so does every way to read it.
/// </summary>
internal sealed class Snapshot : IDisposable
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly FileStream _file;
    private readonly AesGcm _cipher;
    private readonly Dictionary<string, Place> _pages = [];
    private readonly List<SnapshotPage> _list = [];
    private readonly SemaphoreSlim _turn = new(1);
    private bool _disposed;

    private Snapshot(string folder)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        _cipher = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $".{Path.GetRandomFileName()}.snapshot");
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            Options = FileOptions.Asynchronous,
        });
        File.Delete(path);
    }

    /// <summary>What boards fetch first.</summary>
    public SnapshotManifest Manifest { get; private set; } = new(default, 0, "", []);

    public long Revision => Manifest.Revision;

    /// <summary>Reads a group from its beginning to its present.</summary>
    public static async Task<Snapshot> MakeAsync(GroupFeed feed, string folder, CancellationToken cancellation)
    {
        var snapshot = new Snapshot(folder);
        try
        {
            for (var since = 0L; ;)
            {
                var page = await feed.PageAsync(since, cancellation);
                await snapshot.AddAsync(page.Bytes, cancellation);
                since = page.To;
                if (!page.IsFinal)
                    continue;
                var (epoch, state) = EndOf(page.Bytes);
                snapshot.Manifest = new SnapshotManifest(epoch, page.To, state, snapshot._list);
                return snapshot;
            }
        }
        catch
        {
            snapshot.Dispose();
            throw;
        }
    }

    /// <summary>A page by the hash of its content, Brotli-compressed; null when it is not of this snapshot.</summary>
    public async Task<byte[]?> FindAsync(string id, CancellationToken cancellation)
    {
        if (!_pages.TryGetValue(id, out var place))
            return null;
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_disposed)
                return null;
            var box = new byte[NonceBytes + place.Bytes + TagBytes];
            _file.Position = place.Offset;
            await _file.ReadExactlyAsync(box, cancellation);
            var plain = new byte[place.Bytes];
            _cipher.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, place.Bytes), box.AsSpan(NonceBytes + place.Bytes), plain, Encoding.ASCII.GetBytes(id));
            return plain;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Wait();
        _disposed = true;
        _file.Dispose();
        _cipher.Dispose();
        _turn.Release();
    }

    private async Task AddAsync(byte[] page, CancellationToken cancellation)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(page));
        var plain = PageCoding.Encode(page, PageCoding.Brotli);
        var box = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        _cipher.Encrypt(box.AsSpan(0, NonceBytes), plain, box.AsSpan(NonceBytes, plain.Length), box.AsSpan(NonceBytes + plain.Length), Encoding.ASCII.GetBytes(id));
        _pages[id] = new Place(_file.Position, plain.Length);
        _list.Add(new SnapshotPage(id, page.Length));
        await _file.WriteAsync(box, cancellation);
    }

    private static (Guid Epoch, string State) EndOf(byte[] page)
        => (new Guid(page.AsSpan(8, 16), bigEndian: true), Convert.ToHexStringLower(page.AsSpan(GalleryPage.HeaderBytes - SetDigest.DigestBytes, SetDigest.DigestBytes)));

    private readonly record struct Place(long Offset, int Bytes);
}
