using Xunit.Sdk;

namespace EdgeFace.TestKit;

/// <summary>A loop's memory: after a tenth of it nothing may be added to the heap any more. Looked at in the long form only.</summary>
public sealed class MemoryWatch(int count)
{
    private const long MostGrowth = 24 << 20;

    private readonly int _warm = count / 10;
    private long _before;

    /// <summary>Whether there is another round; at the end it throws when the heap has grown.</summary>
    public bool Next(int round)
    {
        if (Fuzz.IsFull && round == _warm)
            _before = GC.GetTotalMemory(forceFullCollection: true);
        if (round < count)
            return true;
        if (Fuzz.IsFull && GC.GetTotalMemory(forceFullCollection: true) - _before is var growth and > MostGrowth)
            throw new XunitException($"The heap grew by {growth >> 20} MB over {count} rounds.");
        return false;
    }
}
