using EdgeFace.Core.Security;
using EdgeFace.TestKit;

namespace EdgeFace.Core.Tests.Security;

public sealed class KeyRingTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    private string Path => _folder.File("gallery.key");

    [Fact]
    public void A_new_ring_has_one_key_for_its_owner_alone_and_is_read_again_as_it_was()
    {
        var ring = KeyRing.Create(Path, _time);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path));
        var again = KeyRing.Open(Path);
        Assert.Equal(ring.Keys, again.Keys);
        Assert.Equal(ring.ActiveKeyId, Assert.Single(again.Keys).Id);
        var sealedBytes = ring.Box("test").Seal("x"u8, []);
        Assert.Equal("x"u8.ToArray(), again.Box("test").Open(sealedBytes, []));
    }

    [Fact]
    public void A_key_file_is_never_overwritten()
    {
        var before = KeyRing.Create(Path, _time).ActiveKeyId;
        Assert.Contains("there is a key file already", Refusal(() => KeyRing.Create(Path, _time)), StringComparison.Ordinal);
        Assert.Equal(before, KeyRing.Open(Path).ActiveKeyId);
    }

    [Fact]
    public void What_another_process_adds_and_removes_is_seen()
    {
        var ring = KeyRing.Create(Path, _time);
        var first = ring.ActiveKeyId;
        var other = KeyRing.Open(Path);
        var old = other.Box("test").Seal("old"u8, []);
        var second = other.Add(_time);
        var sealedBytes = other.Box("test").Seal("new"u8, []);

        Assert.Equal(first, ring.ActiveKeyId);
        Assert.Equal("new"u8.ToArray(), ring.Box("test").Open(sealedBytes, []));
        Assert.Equal([first, second], ring.Keys.Select(key => key.Id));
        Assert.Equal(0, ring.RemoveOlderThan(first));
        Assert.Equal(1, ring.RemoveOlderThan(second));
        Assert.Equal([second], KeyRing.Open(Path).Keys.Select(key => key.Id));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path));
        Assert.Contains($"has no key {KeyInfo.Format(first)}", Refusal(() => KeyRing.Open(Path).Box("test").Open(old, [])), StringComparison.Ordinal);
        Assert.Contains("has no key", Refusal(() => ring.RemoveOlderThan(first)), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_that_add_at_once_lose_no_key()
    {
        KeyRing.Create(Path, _time);
        var added = new System.Collections.Concurrent.ConcurrentBag<uint>();
        Parallel.For(0, 4, _ =>
        {
            var ring = KeyRing.Open(Path);
            for (var i = 0; i < 10; i++)
            {
                try
                {
                    added.Add(ring.Add(_time));
                }
                catch (InputException)
                {
                    // The other one was at it.
                }
            }
        });
        Assert.NotEmpty(added);
        Assert.Equal(added.Count + 1, KeyRing.Open(Path).Keys.Count);
        Assert.Subset(KeyRing.Open(Path).Keys.Select(key => key.Id).ToHashSet(), added.ToHashSet());
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void A_file_that_others_may_open_is_refused(UnixFileMode more)
    {
        KeyRing.Create(Path, _time);
        File.SetUnixFileMode(Path, OwnerOnly | more);
        Assert.Contains("is open to other users", Refusal(() => KeyRing.Open(Path)), StringComparison.Ordinal);
        File.SetUnixFileMode(Path, OwnerOnly);
        KeyRing.Open(Path);
    }

    [Fact]
    public void A_file_cut_anywhere_or_with_one_changed_letter_is_refused_or_the_same()
    {
        var key = KeyRing.Create(Path, _time).ActiveKeyId;
        var text = File.ReadAllText(Path);
        var secret = text.TrimEnd()[^44..];
        for (var length = 0; length < text.TrimEnd().Length; length++)
            AssertRefusedOr(key, text[..length], secret);
        for (var i = 0; i < text.Length; i++)
            AssertRefusedOr(key, $"{text[..i]}{(text[i] == 'A' ? 'B' : 'A')}{text[(i + 1)..]}", secret);
        AssertRefusedOr(key, text + text[text.IndexOf("\nkey", StringComparison.Ordinal)..], secret);
        Assert.EndsWith("put it back.", Refusal(() => KeyRing.Open(_folder.File("none"))), StringComparison.Ordinal);
        Assert.Contains("make one with 'program key' if", Refusal(() => KeyRing.Open(_folder.File("none"), "program key")), StringComparison.Ordinal);
        Assert.Contains("is not there", Refusal(() => KeyRing.Open(_folder.File("none"))), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refusal(() => KeyRing.Open(_folder.Path)), StringComparison.Ordinal);
        File.WriteAllBytes(Path, [0xff, 0xfe, 0x80]);
        Assert.DoesNotContain('\n', Refusal(() => KeyRing.Open(Path)));
        File.WriteAllBytes(Path, new byte[100_000]);
        Assert.Contains("at most", Refusal(() => KeyRing.Open(Path)), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A change of the comment or of the time of day does no harm; anything else is one line that has no key in it.</summary>
    private void AssertRefusedOr(uint key, string text, string secret)
    {
        File.WriteAllText(Path, text);
        try
        {
            Assert.Equal(key, KeyRing.Open(Path).ActiveKeyId);
        }
        catch (InputException refusal)
        {
            Assert.DoesNotContain('\n', refusal.Message);
            Assert.Contains(Path, refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(secret[..8], refusal.Message, StringComparison.Ordinal);
        }
    }

    private static string Refusal(Action action) => Assert.Throws<InputException>(action).Message;
}
