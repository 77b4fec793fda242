using System.Buffers.Binary;
using System.Text;
using EdgeFace.Core.Security;

namespace EdgeFace.Gallery;

/// <summary>
/// How names and templates stand in the rows: sealed under the row's key (<see cref="AeadBox"/>), bound to the ids of person,
/// template and model, so that rows cannot be exchanged; or, with key 0, as they are.
/// </summary>
internal sealed class RowSeal(AeadBox? box, string path)
{
    /// <summary>The key id of rows that are not encrypted.</summary>
    public const uint Plain = 0;

    private const byte NameDomain = 1;
    private const byte TemplateDomain = 2;
    private const int GuidBytes = 16;

    public byte[] SealName(uint keyId, Guid person, string name)
    {
        var plain = Encoding.UTF8.GetBytes(name);
        return keyId == Plain ? plain : Box.Seal(keyId, plain, NameBinding(person));
    }

    public string OpenName(uint keyId, Guid person, byte[] content)
        => Encoding.UTF8.GetString(keyId == Plain ? content : Opened(keyId, content, NameBinding(person)));

    /// <summary>What is unique and looked for instead of the name.</summary>
    public byte[] NameKey(uint keyId, string trimmed)
    {
        var key = Encoding.UTF8.GetBytes(PersonName.KeyOf(trimmed));
        return keyId == Plain ? key : Box.Index(keyId, key);
    }

    public byte[] SealTemplate(uint keyId, in TemplateIdentity identity, ReadOnlySpan<float> vector, string source)
    {
        var vectorBytes = vector.Length * sizeof(float);
        var plain = new byte[vectorBytes + Encoding.UTF8.GetByteCount(source)];
        VectorBlob.Write(vector, plain);
        Encoding.UTF8.GetBytes(source, plain.AsSpan(vectorBytes));
        return Reseal(keyId, identity, plain);
    }

    /// <summary>Seals what <see cref="OpenTemplate(uint, in TemplateIdentity, byte[])"/> has returned.</summary>
    public byte[] Reseal(uint keyId, in TemplateIdentity identity, byte[] plain)
        => keyId == Plain ? plain : Box.Seal(keyId, plain, TemplateBinding(identity));

    /// <returns>The vector's values, little-endian, and after them the source in UTF-8.</returns>
    public byte[] OpenTemplate(uint keyId, in TemplateIdentity identity, byte[] content)
    {
        var plain = keyId == Plain ? content : Opened(keyId, content, TemplateBinding(identity));
        return plain.Length >= (long)identity.Dimension * sizeof(float) ? plain : throw GalleryErrors.Damaged(path, "a vector has the wrong length");
    }

    public static string SourceOf(in TemplateIdentity identity, byte[] plain) => Encoding.UTF8.GetString(plain.AsSpan(identity.Dimension * sizeof(float)));

    private AeadBox Box => box ?? throw GalleryErrors.NoKeys(path);

    private byte[] Opened(uint keyId, byte[] content, ReadOnlySpan<byte> binding)
        => (AeadBox.KeyIdOf(content) == keyId ? Box.Open(content, binding) : null)
            ?? throw GalleryErrors.Damaged(path, "an encrypted row was changed, or is not where it belongs");

    private static byte[] NameBinding(Guid person)
    {
        var binding = new byte[1 + GuidBytes];
        binding[0] = NameDomain;
        Write(person, binding.AsSpan(1));
        return binding;
    }

    private static byte[] TemplateBinding(in TemplateIdentity identity)
    {
        const int Fixed = 1 + 2 * GuidBytes + sizeof(int);
        var binding = new byte[Fixed + Encoding.UTF8.GetByteCount(identity.ModelId)];
        binding[0] = TemplateDomain;
        Write(identity.Person, binding.AsSpan(1));
        Write(identity.Template, binding.AsSpan(1 + GuidBytes));
        BinaryPrimitives.WriteInt32LittleEndian(binding.AsSpan(1 + 2 * GuidBytes), identity.Dimension);
        Encoding.UTF8.GetBytes(identity.ModelId, binding.AsSpan(Fixed));
        return binding;
    }

    private static void Write(Guid id, Span<byte> target) => id.TryWriteBytes(target, bigEndian: true, out _);
}

/// <summary>What a template's sealed bytes are bound to.</summary>
internal readonly record struct TemplateIdentity(Guid Person, Guid Template, string ModelId, int Dimension);
