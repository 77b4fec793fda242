namespace EdgeFace.Messaging.Tests;

public sealed class TopicsTests
{
    [Fact]
    public void Topics_are_built_from_their_levels()
    {
        Assert.Equal("edgeface/door/camera/front/visit", Topics.Visit(Topics.DefaultRoot, "door", "front"));
        Assert.Equal("edgeface/door/status", Topics.Status(Topics.DefaultRoot, "door"));
        Assert.Equal("edgeface/Tür 1/camera/vorn/visit", Topics.Visit("edgeface", "Tür 1", "vorn"));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a+b", "'+'")]
    [InlineData("a#", "'#'")]
    [InlineData("a/b", "'/'")]
    [InlineData("$SYS", "begins with '$'")]
    [InlineData("a\0b", "U+0000")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\u0085", "U+0085")]
    [InlineData("status", "reserved")]
    [InlineData("Camera", "reserved")]
    public void Names_that_cannot_be_a_level_are_refused_with_the_reason(string name, string expected)
    {
        Assert.False(Topics.IsValidLevel(name, out var reason));
        Assert.Contains(expected, reason, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Topics.Status("edgeface", name));
    }

    [Fact]
    public void Length_is_counted_in_bytes()
    {
        Assert.True(Topics.IsValidLevel(new string('a', Topics.MaxLevelBytes), out _));
        Assert.False(Topics.IsValidLevel(new string('ü', Topics.MaxLevelBytes / 2) + "a", out var reason));
        Assert.Contains("65 bytes", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        Assert.False(Topics.IsValidLevel("a" + (char)0xD800, out _));
        Assert.True(Topics.IsValidLevel("a😀", out _));
    }

    [Fact]
    public void All_reserved_names_are_refused() =>
        Assert.All(Topics.Reserved, name => Assert.False(Topics.IsValidLevel(name, out _)));
}
