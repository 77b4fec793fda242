namespace EdgeFace.TestKit;

/// <summary>Counts what a piece of code allocates on its thread.</summary>
public static class Allocations
{
    /// <summary>
    /// Bytes that the action allocates over some calls, the least of several rounds. What a call allocates itself shows in every round;
    /// what happens once on the thread, as when a static is made or a method's form changes, does not.
    /// </summary>
    public static long Least(Action action, int times = 20, int rounds = 5)
    {
        var least = long.MaxValue;
        for (var round = 0; round < rounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++)
                action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
