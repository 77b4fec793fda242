using EdgeFace.Agent.Pipeline;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;

namespace EdgeFace.Agent.Tests.Pipeline;

public sealed class MeasureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Percentiles_lie_within_a_bucket_of_the_exact_ones(int seed)
    {
        var random = new Random(seed);
        var histogram = new Histogram();
        var samples = new double[5000];
        for (var i = 0; i < samples.Length; i++)
        {
            // From 10 us to 10 s, evenly over the orders of magnitude.
            samples[i] = Math.Pow(10, random.NextDouble() * 6 - 2);
            histogram.Add(TimeSpan.FromMilliseconds(samples[i]));
        }

        Array.Sort(samples);
        foreach (var share in new[] { 0.01, 0.25, 0.5, 0.95, 0.99, 1 })
        {
            var exact = samples[(int)Math.Ceiling(share * samples.Length) - 1];
            Assert.InRange(histogram.PercentileMs(share) / exact, 1 / 1.19, 1.19);
        }

        Assert.Equal(samples.Length, histogram.Count);
        Assert.Equal(samples.Average(), histogram.MeanMs, 3);
        Assert.Equal(samples[^1], histogram.MaxMs, 3);
        histogram.Clear();
        Assert.Equal((0, 0, 0), (histogram.Count, histogram.PercentileMs(0.5), histogram.MeanMs));
    }

    [Fact]
    public void Drops_are_announced_once_an_episode_with_their_count()
    {
        var time = new ManualTimeProvider();
        using var loggers = new ListLoggerFactory();
        var episode = new DropEpisode("door", "detect", time, loggers.CreateLogger("test"));
        episode.Check();
        for (var i = 0; i < 10; i++)
        {
            episode.Dropped();
            time.Advance(TimeSpan.FromSeconds(1));
            episode.Check();
        }

        Assert.Equal("Camera door: the detect stage is too slow, the oldest frames are dropped.", Assert.Single(loggers.Lines).Message);
        time.Advance(DropEpisode.Quiet);
        episode.Check();
        episode.Check();
        Assert.Equal("Camera door: the detect stage keeps up again; 10 dropped in 9.0 s.", loggers.Lines[^1].Message);
        Assert.Equal(2, loggers.Lines.Count);
        episode.Dropped();
        Assert.Equal(3, loggers.Lines.Count);
    }

    [Fact]
    public void The_first_faces_are_compared_often_later_ones_rarely_or_when_clearly_better()
    {
        var progress = new TrackProgress();
        progress.Begin(1, 0);
        TimeSpan At(int ms) => TimeSpan.FromMilliseconds(ms);
        bool Worth(float quality, int ms) => progress.IsWorthComparing(quality, At(ms), decideFaces: 2, At(80), At(1000));

        Assert.True(Worth(0.5f, 0));
        progress.CountCompared(0.5f, At(0));
        Assert.False(Worth(0.9f, 79));
        Assert.True(Worth(0.1f, 80));
        progress.CountCompared(0.5f, At(80));
        Assert.False(Worth(0.55f, 500));
        Assert.False(Worth(0.9f, 100));
        Assert.True(Worth(0.6f, 500));
        Assert.True(Worth(0.1f, 1080));

        progress.Begin(2, 0);
        Assert.Equal(0, progress.Compared);
        Assert.True(progress.IsWorthMeasuring(At(0), At(80)));
        Assert.False(progress.IsWorthMeasuring(At(79), At(80)));
        Assert.True(progress.IsWorthMeasuring(At(80), At(80)));
    }
}
