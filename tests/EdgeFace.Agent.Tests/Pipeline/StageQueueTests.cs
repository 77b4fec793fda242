using EdgeFace.Agent.Pipeline;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Pipeline;

public sealed class StageQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void Items_come_out_in_order_and_a_completed_queue_is_emptied_first()
    {
        var queue = new StageQueue<int>(3, FullQueue.Wait);
        for (var round = 0; round < 5; round++)
        {
            Assert.True(queue.Add(round * 2));
            Assert.True(queue.Add(round * 2 + 1));
            Assert.True(queue.Take(out var first) && queue.Take(out var second) && first == round * 2 && second == first + 1);
        }

        queue.Add(7);
        queue.Complete();
        Assert.False(queue.Add(8));
        Assert.True(queue.Take(out var last));
        Assert.Equal(7, last);
        Assert.False(queue.Take(out _));
    }

    [Fact]
    public void A_full_queue_drops_the_oldest_that_may_be_dropped_and_keeps_the_order_of_the_rest()
    {
        var dropped = new List<int>();
        var queue = new StageQueue<int>(4, FullQueue.DropOldest, item => item % 2 == 1, dropped.Add);
        foreach (var item in new[] { 0, 2, 3, 4, 5, 7 })
            Assert.True(queue.Add(item));
        Assert.Equal([3, 5], dropped);
        Assert.Equal([0, 2, 4, 7], Drain(queue));
    }

    [Fact]
    public async Task Without_anything_to_drop_the_writer_waits_for_room()
    {
        var queue = new StageQueue<int>(1, FullQueue.DropOldest, static _ => false);
        queue.Add(1);
        var writer = Task.Run(() => queue.Add(2));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(writer.IsCompleted);
        Assert.True(queue.Take(out var first));
        Assert.True(await writer.WaitAsync(Patience));
        Assert.Equal(1, first);
        Assert.Equal([2], Drain(queue));
    }

    [Fact]
    public async Task Completing_wakes_a_waiting_reader_and_a_waiting_writer()
    {
        var empty = new StageQueue<int>(1, FullQueue.Wait);
        var reader = Task.Run(() => empty.Take(out _));
        var full = new StageQueue<int>(1, FullQueue.Wait);
        full.Add(1);
        var writer = Task.Run(() => full.Add(2));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(reader.IsCompleted || writer.IsCompleted);
        empty.Complete();
        full.Complete();
        Assert.False(await reader.WaitAsync(Patience));
        Assert.False(await writer.WaitAsync(Patience));
    }

    [Fact]
    public void Adding_taking_and_dropping_allocate_nothing()
    {
        var queue = new StageQueue<CapturedFrame>(4, FullQueue.DropOldest, static _ => true, static _ => { });
        Run(100);
        Assert.Equal(0, Allocations.Least(() => Run(10_000), times: 1));

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                for (var j = 0; j < 6; j++)
                    queue.Add(default);
                while (queue.Count > 0)
                    queue.Take(out _);
            }
        }
    }

    [Fact]
    public async Task A_stage_that_fails_frees_its_writer_finishes_the_next_stage_and_tells_why()
    {
        var queue = new StageQueue<int>(1, FullQueue.Wait);
        var finished = 0;
        var stage = new Stage<int>("test", queue, static item => throw new InvalidOperationException($"item {item}"), () => finished++, TimeProvider.System);
        stage.Start();
        queue.Add(5);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => stage.Finished.WaitAsync(Patience));
        Assert.Equal(("item 5", 1), (failure.Message, finished));
        Assert.False(queue.Add(6));
    }

    [Fact]
    public async Task A_stage_ends_after_the_last_item()
    {
        var queue = new StageQueue<int>(2, FullQueue.Wait);
        var seen = new List<int>();
        var stage = new Stage<int>("test", queue, seen.Add, () => seen.Add(-1), TimeProvider.System);
        stage.Start();
        for (var i = 0; i < 20; i++)
            queue.Add(i);
        queue.Complete();
        await stage.Finished.WaitAsync(Patience);
        Assert.Equal([.. Enumerable.Range(0, 20), -1], seen);
    }

    private static List<int> Drain(StageQueue<int> queue)
    {
        queue.Complete();
        var items = new List<int>();
        while (queue.Take(out var item))
            items.Add(item);
        return items;
    }
}
