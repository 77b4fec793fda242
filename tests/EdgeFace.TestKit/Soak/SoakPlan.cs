namespace EdgeFace.TestKit.Soak;

/// <summary>The faults of a run in the order of their beginning; the same seed gives the same plan.</summary>
public static class SoakPlan
{
    /// <param name="without">Kinds that this machine cannot do.</param>
    public static IReadOnlyList<FaultStep> Draw(SoakScenario scenario, int seed, params ReadOnlySpan<FaultKind> without)
    {
        var steps = scenario.Steps.ToList();
        if (scenario.Random is { } faults)
        {
            var random = new Random(seed);
            var weights = faults.Kinds.Sum(kind => kind.Weight);
            for (var i = 0; i < faults.Count; i++)
            {
                var kind = i < faults.Kinds.Count ? faults.Kinds[i] : Pick(faults.Kinds, random.NextDouble() * weights);
                steps.Add(new FaultStep(random.NextDouble() * scenario.Seconds, kind.Kind, kind.Seconds, kind.DelayMs, kind.ThenCut));
            }
        }

        var left = new List<FaultStep>();
        foreach (var step in steps.OrderBy(step => step.At))
        {
            if (!without.Contains(step.Kind))
                left.Add(step);
        }

        return left;
    }

    private static FaultSpec Pick(IReadOnlyList<FaultSpec> kinds, double at)
    {
        foreach (var kind in kinds)
        {
            at -= kind.Weight;
            if (at < 0)
                return kind;
        }

        return kinds[^1];
    }
}
