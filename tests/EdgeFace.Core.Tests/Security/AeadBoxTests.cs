using System.Security.Cryptography;
using System.Text.Json;
using EdgeFace.Core.Security;
using EdgeFace.TestKit;

namespace EdgeFace.Core.Tests.Security;

public sealed class AeadBoxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly KeyRing _ring;

    public AeadBoxTests() => _ring = KeyRing.Create(_folder.File("keys"), new ManualTimeProvider());

    /// <summary>McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, cases 13 to 16: this machine's AES-256-GCM is one.</summary>
    [Theory]
    [InlineData("", "", "", "530f8afbc74536b9a963b4f1c4cb738b", true)]
    [InlineData("00000000000000000000000000000000", "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919", true)]
    [InlineData(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
        "",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
        "b094dac5d93471bdec1a502270e3cc6c", false)]
    [InlineData(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b", false)]
    public void The_platforms_cipher_gives_the_published_vectors(string plain, string associated, string cipher, string tag, bool zeros)
    {
        var key = zeros ? new byte[32] : Convert.FromHexString("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        var nonce = zeros ? new byte[12] : Convert.FromHexString("cafebabefacedbaddecaf888");
        using var aes = new AesGcm(key, 16);
        var (actual, actualTag) = (new byte[cipher.Length / 2], new byte[16]);
        aes.Encrypt(nonce, Convert.FromHexString(plain), actual, actualTag, Convert.FromHexString(associated));
        Assert.Equal((cipher, tag), (Convert.ToHexStringLower(actual), Convert.ToHexStringLower(actualTag)));
    }

    [Fact]
    public void Boxes_of_another_implementation_open()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests/golden/security/boxes.json")));
        var path = _folder.File("golden");
        File.WriteAllText(path, golden.RootElement.GetProperty("key_file").GetString());
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        var ring = KeyRing.Open(path);
        Assert.All(golden.RootElement.GetProperty("boxes").EnumerateArray().ToArray(), box =>
        {
            var opener = ring.Box(box.GetProperty("purpose").GetString()!);
            var (plain, sealedBytes) = (Hex(box, "plain"), Hex(box, "box"));
            var keyId = AeadBox.KeyIdOf(sealedBytes)!.Value;
            Assert.Equal(box.GetProperty("key_id").GetString(), KeyInfo.Format(keyId));
            Assert.Equal(plain, opener.Open(sealedBytes, Hex(box, "associated")));
            Assert.Equal(Hex(box, "index"), opener.Index(keyId, plain));
        });
    }

    [Fact]
    public void Whatever_is_changed_or_moved_does_not_open()
    {
        var box = _ring.Box("test/1");
        var (plain, associated) = ("somebody's template"u8.ToArray(), "row 7"u8.ToArray());
        var sealedBytes = box.Seal(plain, associated);
        Assert.Equal(plain.Length + AeadBox.Overhead, sealedBytes.Length);
        Assert.Equal(plain, box.Open(sealedBytes, associated));

        Assert.Null(box.Open(sealedBytes, "row 8"u8));
        Assert.Null(_ring.Box("test/2").Open(sealedBytes, associated));
        for (var length = 0; length < sealedBytes.Length; length++)
            Assert.Null(box.Open(sealedBytes.AsSpan(0, length), associated));
        for (var bit = 0; bit < 8 * sealedBytes.Length; bit++)
        {
            var changed = (byte[])sealedBytes.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            // A bit of the key's id names a key that is not there, which is another mishap than a changed row.
            if (bit / 8 is >= 1 and <= 4)
                Assert.Contains("has no key", Assert.Throws<InputException>(() => box.Open(changed, associated)).Message, StringComparison.Ordinal);
            else
                Assert.Null(box.Open(changed, associated));
        }
    }

    [Fact]
    public void The_same_bytes_never_look_the_same_but_their_index_does()
    {
        var box = _ring.Box("test/1");
        Assert.NotEqual(box.Seal("a"u8, []), box.Seal("a"u8, []));
        var id = _ring.ActiveKeyId;
        Assert.Equal(box.Index(id, "a"u8), box.Index(id, "a"u8));
        Assert.NotEqual(box.Index(id, "a"u8), box.Index(id, "b"u8));
        Assert.NotEqual(box.Index(id, "a"u8), _ring.Box("test/2").Index(id, "a"u8));
    }

    [Fact]
    public void Several_threads_use_one_box()
    {
        var box = _ring.Box("test/1");
        Parallel.For(0, 2000, i =>
        {
            var associated = BitConverter.GetBytes(i);
            Assert.Equal(associated, box.Open(box.Seal(associated, associated), associated));
        });
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Hex(JsonElement box, string name) => Convert.FromHexString(box.GetProperty(name).GetString()!);
}
