using System.Security.Cryptography;
using EdgeFace.Gallery.Sync;

namespace EdgeFace.Server.Sync;

/// <summary>A page as it travels.</summary>
/// <param name="Tag">A strong ETag, without quotes: of these very bytes, so that what was cut off can go on.</param>
internal sealed record EncodedPage(byte[] Bytes, string Coding, string Tag)
{
    public static EncodedPage Of(byte[] page, string coding)
    {
        var bytes = PageCoding.Encode(page, coding);
        return new EncodedPage(bytes, coding, Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16)));
    }
}

/// <summary>What a page is: it never changes for the same question at the same revision of the group.</summary>
internal sealed record PageKey(string Group, long Since, long Head, string Coding);

/// <summary>
/// Pages that were just made. After a change all boards of a group ask the same, and one makes it for all; the page that a download
/// goes on with is here as well. Bounded; the least recently used goes first.
/// </summary>
internal sealed class PageCache(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PageKey, Entry> _entries = [];
    private readonly LinkedList<PageKey> _order = [];
    private long _bytes;

    public async Task<EncodedPage> GetAsync(PageKey key, Func<Task<EncodedPage>> make)
    {
        Entry entry;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out entry!))
            {
                _order.Remove(entry.Place);
                _order.AddFirst(entry.Place);
            }
            else
            {
                entry = new Entry(new Lazy<Task<EncodedPage>>(make), _order.AddFirst(key));
                _entries.Add(key, entry);
            }
        }

        try
        {
            var page = await entry.Page.Value;
            Account(entry, page.Bytes.Length);
            return page;
        }
        catch
        {
            lock (_lock)
                Remove(key, entry);
            throw;
        }
    }

    private void Account(Entry entry, int bytes)
    {
        lock (_lock)
        {
            if (entry.Bytes > 0 || entry.Place.List is null)
                return;
            entry.Bytes = bytes;
            _bytes += bytes;
            while (_bytes > maxBytes && _order.Last is { } last && last != entry.Place)
                Remove(last.Value, _entries[last.Value]);
        }
    }

    private void Remove(PageKey key, Entry entry)
    {
        if (entry.Place.List is null)
            return;
        _order.Remove(entry.Place);
        _entries.Remove(key);
        _bytes -= entry.Bytes;
    }

    private sealed class Entry(Lazy<Task<EncodedPage>> page, LinkedListNode<PageKey> place)
    {
        public Lazy<Task<EncodedPage>> Page => page;

        public LinkedListNode<PageKey> Place => place;

        public int Bytes { get; set; }
    }
}
