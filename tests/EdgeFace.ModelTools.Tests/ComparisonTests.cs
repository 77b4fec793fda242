using EdgeFace.ModelTools.Folding;

namespace EdgeFace.ModelTools.Tests;

public sealed class ComparisonTests
{
    private static readonly byte[] Doubling = new TinyModel().With("w", [1], 2).Then("Mul", "y", "x", "w").Bytes;

    [Fact]
    public void A_model_equals_itself()
        => Assert.Equal(0, ModelComparison.WorstRelativeDifference(Doubling, Doubling, "tiny"));

    [Fact]
    public void The_difference_is_relative_to_the_largest_output()
    {
        var other = new TinyModel().With("w", [1], 2.2f).Then("Mul", "y", "x", "w").Bytes;
        Assert.Equal(0.1, ModelComparison.WorstRelativeDifference(Doubling, other, "tiny"), 1e-4);
    }

    [Fact]
    public void No_number_on_one_side_is_infinitely_far()
    {
        var other = new TinyModel().With("w", [1], float.NaN).Then("Mul", "y", "x", "w").Bytes;
        Assert.Equal(double.PositiveInfinity, ModelComparison.WorstRelativeDifference(Doubling, other, "tiny"));
    }
}
