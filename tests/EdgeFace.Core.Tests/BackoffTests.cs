namespace EdgeFace.Core.Tests;

public sealed class BackoffTests
{
    [Fact]
    public void Pauses_double_up_to_the_longest_and_begin_anew_after_a_success()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(1500));
        Assert.True(backoff.IsFirst);
        Assert.Equal([100, 200, 400, 800, 1500, 1500], Enumerable.Range(0, 6).Select(_ => backoff.Next().TotalMilliseconds));
        for (var i = 0; i < 100; i++)
            Assert.Equal(1500, backoff.Next().TotalMilliseconds);
        backoff.Reset();
        Assert.Equal(100, backoff.Next().TotalMilliseconds);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 1.5)]
    [InlineData(1, 2)]
    public void Jitter_takes_up_to_half_of_the_pause(double random, double seconds)
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), () => random);
        Assert.Equal(seconds, backoff.Next().TotalSeconds);
    }
}
