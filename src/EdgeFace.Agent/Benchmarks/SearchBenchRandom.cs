namespace EdgeFace.Agent.Benchmarks;

/// <summary>Numbers that depend on a seed alone (SplitMix64), so that threads may make any part of the data in any order.</summary>
internal struct SearchBenchRandom(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Nearly normal: the sum of four uniform numbers, of variance 1.</summary>
    public float Normal()
    {
        var bits = Next();
        var sum = (int)(bits & 0xFFFF) + (int)(bits >> 16 & 0xFFFF) + (int)(bits >> 32 & 0xFFFF) + (int)(bits >> 48);
        return (sum - 131070f) * (1.7320508f / 65536f);
    }
}
