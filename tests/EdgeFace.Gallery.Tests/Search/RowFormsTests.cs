namespace EdgeFace.Gallery.Tests.Search;

public sealed class RowFormsTests
{
    [Fact]
    public void Values_and_signs_are_those_of_the_scalar_form_at_every_length()
    {
        var random = new Random(11);
        for (var length = 0; length <= 256; length++)
        {
            // The first value is left out: what follows lies at an odd place.
            var vector = Enumerable.Range(0, length + 1).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray().AsSpan(1);
            if (length > 3)
                (vector[0], vector[1], vector[2]) = (0, -0f, 0.5f);
            sbyte[] values = new sbyte[length], wanted = new sbyte[length];
            ulong[] signs = new ulong[(length + 63) / 64], bits = new ulong[signs.Length];

            var scale = length == 0 ? 0 : RowForms.Quantize(vector, values);
            RowForms.PackSigns(vector, signs);

            RowForms.QuantizeScalar(vector, scale > 0 ? 1 / scale : 0, wanted);
            RowForms.PackSignsScalar(vector, 0, bits);
            Assert.Equal(wanted, values);
            Assert.Equal(bits, signs);
        }
    }

    [Fact]
    public void The_largest_magnitude_becomes_127_and_halves_go_to_the_even_neighbour()
    {
        float[] vector = [-2, 1, 0.5f / 127 * 2, 1.5f / 127 * 2, .. new float[13]];
        var values = new sbyte[vector.Length];
        Assert.Equal(2f / 127, RowForms.Quantize(vector, values));
        Assert.Equal([-127, 64, 0, 2], values.Take(4).Select(value => (int)value));
    }

    [Fact]
    public void Nothing_but_zeros_stays_zeros()
    {
        var values = new sbyte[32];
        Assert.Equal(0, RowForms.Quantize(new float[32], values));
        Assert.All(values, value => Assert.Equal(0, value));
    }
}
