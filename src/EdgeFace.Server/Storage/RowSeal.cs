using System.Text;
using EdgeFace.Core;
using EdgeFace.Core.Security;
using EdgeFace.Gallery;

namespace EdgeFace.Server.Storage;

/// <summary>
/// How names, consent references, vectors and photos stand in the store: sealed under the key file where one is configured,
/// otherwise as they are behind a byte 0 (sealed bytes begin with a 1). Each is bound to its row: moved to another one it does not open.
/// </summary>
/// <param name="ring">Null: nothing is sealed.</param>
internal sealed class RowSeal(KeyRing? ring)
{
    private const byte PlainMark = 0;
    private const string Purpose = "server/1";

    private readonly AeadBox? _box = ring?.Box(Purpose);

    public bool IsSealing => _box is not null;

    /// <summary>Of the key that seals; 0 where nothing is sealed.</summary>
    public uint KeyId => ring?.ActiveKeyId ?? 0;

    public byte[] Seal(ReadOnlySpan<byte> plain, string owner) => _box is null ? [PlainMark, .. plain] : _box.Seal(plain, Encoding.UTF8.GetBytes(owner));

    public byte[] SealText(string text, string owner) => Seal(Encoding.UTF8.GetBytes(text), owner);

    /// <exception cref="InputException">It was sealed and there is no key, or it was changed.</exception>
    public byte[] Open(byte[] stored, string owner)
    {
        if (stored is [PlainMark, ..])
            return stored[1..];
        if (_box is null)
            throw new InputException("The store is encrypted: name its key file with store.key_file.");
        return _box.Open(stored, Encoding.UTF8.GetBytes(owner))
            ?? throw new InputException($"The store is damaged: a row ({owner}) does not open with its key; put back a copy of it.");
    }

    public string OpenText(byte[] stored, string owner) => Encoding.UTF8.GetString(Open(stored, owner));

    public float[] OpenVector(byte[] stored, Guid template)
    {
        var blob = Open(stored, Owners.Vector(template));
        var values = new float[blob.Length / sizeof(float)];
        VectorBlob.Read(blob, values);
        return values;
    }

    /// <summary>Equal for names that are the same ignoring case; where names are sealed it tells nothing of them.</summary>
    public string IndexOf(string name)
    {
        var key = PersonName.KeyOf(name);
        return _box is null ? key : Convert.ToHexStringLower(_box.Index(KeyId, Encoding.UTF8.GetBytes(key)));
    }
}

/// <summary>What sealed bytes belong to.</summary>
internal static class Owners
{
    public static string Name(Guid person) => $"name {person}";

    public static string Consent(Guid person) => $"consent {person}";

    public static string Vector(Guid template) => $"vector {template}";

    public static string Photo(Guid template) => $"photo {template}";
}
