using EdgeFace.Vision.Drawing;

namespace EdgeFace.Vision.Tests.Drawing;

public sealed class BitmapFontTests
{
    [Fact]
    public void Every_printable_character_has_a_glyph_of_its_own()
    {
        var seen = new Dictionary<string, char>();
        for (var c = BitmapFont.First; c <= BitmapFont.Last; c++)
        {
            var glyph = BitmapFont.Glyph(c);
            Assert.Equal(BitmapFont.GlyphHeight, glyph.Length);
            Assert.True(seen.TryAdd(Convert.ToHexString(glyph), c), $"'{c}' looks like another character");
            Assert.Equal(c == ' ', glyph.IndexOfAnyExcept((byte)0) < 0);
        }

        Assert.Equal(95, seen.Count);
    }

    /// <summary>One glyph from each block of the drawing, written down again by hand: the packing keeps rows and columns apart.</summary>
    [Theory]
    [InlineData('/', "01 01 02 04 08 10 10 00 00")]
    [InlineData('1', "04 0C 04 04 04 04 0E 00 00")]
    [InlineData('L', "10 10 10 10 10 10 1F 00 00")]
    [InlineData('P', "1E 11 11 1E 10 10 10 00 00")]
    [InlineData('j', "02 00 06 02 02 02 02 12 0C")]
    [InlineData('p', "00 00 1E 11 11 11 1E 10 10")]
    public void Glyph_is_packed_as_drawn(char character, string rows) =>
        Assert.Equal(rows.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(BitmapFont.Glyph(character)));

    [Theory]
    [InlineData("José Müller-Łącki", "Jose Muller-Lacki")]
    [InlineData("Ångström Øst Çelik Şahin İnan ığ", "Angstrom Ost Celik Sahin Inan ig")]
    [InlineData("Nguyễn Phương Đặng", "Nguyen Phuong Dang")]
    [InlineData("Ștefan Țuțea", "Stefan Tutea")]
    [InlineData("e\u0301te\u0301", "ete")]
    [InlineData("O’Neil – „x”", "O'Neil - ?x\"")]
    [InlineData("王 Ω 😀!", "? ? ?!")]
    [InlineData("a\tb\n", "a?b?")]
    [InlineData("", "")]
    public void Text_is_folded_to_what_the_font_has(string text, string folded) => Assert.Equal(folded, Fold(text));

    /// <summary>Apart from the others: half a pair does not survive in an attribute.</summary>
    [Fact]
    public void Half_a_surrogate_pair_is_unknown() => Assert.Equal("?a?", Fold("\ude00a\ud83d"));

    [Fact]
    public void Every_character_folds_to_one_that_the_font_has()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            ReadOnlySpan<char> text = [(char)c];
            if (AsciiFold.Next(ref text, out var ascii))
                Assert.InRange(ascii, BitmapFont.First, BitmapFont.Last);
        }
    }

    private static string Fold(string text)
    {
        var folded = "";
        var rest = text.AsSpan();
        while (AsciiFold.Next(ref rest, out var character))
            folded += character;
        return folded;
    }
}
