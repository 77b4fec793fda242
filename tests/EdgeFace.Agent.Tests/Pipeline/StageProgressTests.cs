using EdgeFace.Agent.Pipeline;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Pipeline;

public sealed class StageProgressTests
{
    [Fact]
    public async Task A_stage_is_busy_with_the_item_in_its_hands_and_not_while_it_waits()
    {
        var time = new ManualTimeProvider();
        using var begun = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        using var done = new SemaphoreSlim(0);
        var queue = new StageQueue<int>(4, FullQueue.Wait);
        var stage = new Stage<int>("test", queue, _ =>
        {
            begun.Release();
            go.Wait();
            done.Release();
        }, static () => { }, time);
        stage.Start();
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.Zero, stage.Busy);

        queue.Add(1);
        await begun.WaitAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(TimeSpan.FromSeconds(40), stage.Busy);

        // The next item starts a time of its own.
        go.Release();
        queue.Add(2);
        await done.WaitAsync(TimeSpan.FromSeconds(30));
        await begun.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.Zero, stage.Busy);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), stage.Busy);
        go.Release();
        queue.Complete();
        await stage.Finished.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.Zero, stage.Busy);
    }
}
