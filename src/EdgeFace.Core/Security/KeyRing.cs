using EdgeFace.Core.IO;

namespace EdgeFace.Core.Security;

/// <summary>
/// The keys of one store, in a file that its owner alone may read; it may be a systemd credential.
/// New data is sealed with the newest key; older ones stay for what was sealed with them. Another process may add keys: one that is
/// asked for and not known is looked for in the file again. May be used from several threads.
/// </summary>
/// <remarks>One file for one store: whoever removes a key must know that nothing is sealed with it any more.</remarks>
public sealed class KeyRing
{
    private readonly Lock _changing = new();
    private volatile SecretKey[] _keys;
    private FileStream? _held;

    private KeyRing(string path, SecretKey[] keys)
    {
        Path = path;
        _keys = keys;
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Oldest first; at least one.</summary>
    public IReadOnlyList<KeyInfo> Keys => [.. _keys.Select(key => key.Info)];

    /// <summary>The newest key's.</summary>
    public uint ActiveKeyId => _keys[^1].Info.Id;

    /// <summary>Opens a key file.</summary>
    /// <param name="maker">The program's command that makes one, such as <c>edgeface gallery key create</c>: what to do when it is not there.</param>
    /// <exception cref="InputException">It is not there, can be read by others, or is damaged; one line says what to do.</exception>
    public static KeyRing Open(string path, string? maker = null)
    {
        var full = System.IO.Path.GetFullPath(path);
        return new KeyRing(full, KeyFile.Read(full, maker));
    }

    /// <summary>Makes a key file with one key, mode 0600, made to last before this returns.</summary>
    /// <exception cref="InputException">A file is there already, or it cannot be written.</exception>
    public static KeyRing Create(string path, TimeProvider time)
    {
        var full = System.IO.Path.GetFullPath(path);
        return Guarded(full, () =>
        {
            using var held = Hold(full);
            if (File.Exists(full))
                throw new InputException($"{full}: there is a key file already: use it, or move it away.");
            SecretKey[] fresh = [SecretKey.Create(time.GetUtcNow())];
            KeyFile.Write(full, fresh);
            return new KeyRing(full, fresh);
        });
    }

    /// <summary>
    /// Keeps other processes from changing the file until the result is disposed, and reads it as it is now: for a change of keys
    /// that takes several steps.
    /// </summary>
    /// <exception cref="InputException">Another process is changing the file, or it cannot be changed at all.</exception>
    public IDisposable HoldExclusively() => Guarded(Path, () =>
    {
        lock (_changing)
        {
            _held = Hold(Path);
            _keys = KeyFile.Read(Path);
            return new Release(this);
        }
    });

    /// <summary>Whether the ring has this key; the file is read again when it is not known.</summary>
    /// <exception cref="InputException">The file cannot be read any more.</exception>
    public bool Contains(uint id) => Find(id) is not null;

    /// <summary>Seals and opens for one purpose.</summary>
    /// <param name="purpose">A constant such as <c>gallery/1</c>: what was sealed for one purpose cannot be opened for another.</param>
    public AeadBox Box(string purpose) => new(this, purpose);

    /// <summary>
    /// A key of 32 bytes for one file, from a key of the ring (HKDF, RFC 5869): with a salt that no other file has, nonces may be
    /// counted.
    /// </summary>
    /// <param name="salt">32 random bytes, made for the file.</param>
    /// <exception cref="InputException">The ring does not have the key.</exception>
    public byte[] Derive(uint keyId, string purpose, ReadOnlySpan<byte> salt)
        => (Find(keyId) ?? throw Missing(keyId)).Derive(purpose, salt.ToArray());

    /// <summary>Adds a new key, which becomes the active one. It is on the disk before this returns.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="InputException">The file cannot be written: a systemd credential is read-only.</exception>
    public uint Add(TimeProvider time)
    {
        Change(keys =>
        {
            if (keys.Length == KeyFile.MaxKeys)
                throw new InputException($"{Path}: the key file has {KeyFile.MaxKeys} keys, which is the limit: finish the rotation under way first.");
            return [.. keys, SecretKey.Create(time.GetUtcNow())];
        });
        return ActiveKeyId;
    }

    /// <summary>Removes the keys that are older than this one. What was sealed with them can never be read again.</summary>
    /// <returns>How many were removed.</returns>
    /// <exception cref="InputException">There is no such key, or the file cannot be written.</exception>
    public int RemoveOlderThan(uint id)
    {
        var removed = 0;
        Change(keys =>
        {
            removed = Array.FindIndex(keys, key => key.Info.Id == id);
            if (removed < 0)
                throw new InputException($"{Path}: the key file has no key {KeyInfo.Format(id)}: put back a copy of it.");
            return removed == 0 ? keys : keys[removed..];
        });
        return removed;
    }

    internal InputException Missing(uint id)
        => new($"{Path}: the key file has no key {KeyInfo.Format(id)}, with which data was encrypted: put back the file that has it.");

    internal SecretKey? Find(uint id)
    {
        var known = _keys;
        if (Known(known, id) is { } key)
            return key;
        lock (_changing)
        {
            // Whoever waited here finds what the one before has read.
            if (ReferenceEquals(known, _keys))
                _keys = KeyFile.Read(Path);
            return Known(_keys, id);
        }
    }

    private static SecretKey? Known(SecretKey[] keys, uint id) => Array.Find(keys, key => key.Info.Id == id);

    private void Change(Func<SecretKey[], SecretKey[]> change) => Guarded(Path, () =>
    {
        lock (_changing)
        {
            using var held = _held is null ? Hold(Path) : null;
            // As it is now: another process may have changed it.
            var keys = KeyFile.Read(Path);
            var changed = change(keys);
            if (!ReferenceEquals(keys, changed))
                KeyFile.Write(Path, changed);
            return _keys = changed;
        }
    });

    /// <summary>One process at a time changes the file: a key that another one overwrites would be lost with all that it sealed.</summary>
    private static FileStream Hold(string path) => new(path + ".lock", new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        UnixCreateMode = DurableFile.OwnerOnly,
    });

    private static T Guarded<T>(string path, Func<T> change)
    {
        try
        {
            return change();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path}: the key file cannot be changed: another process may be changing it, the disk may be full, or its folder is read-only (as a systemd credential's is).", error);
        }
    }

    private sealed class Release(KeyRing ring) : IDisposable
    {
        public void Dispose()
        {
            lock (ring._changing)
            {
                ring._held?.Dispose();
                ring._held = null;
            }
        }
    }
}
