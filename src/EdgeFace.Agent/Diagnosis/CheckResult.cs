namespace EdgeFace.Agent.Diagnosis;

internal enum CheckStatus
{
    Ok,
    Warning,
    Failed,
}

/// <summary>One thing that <c>doctor</c> looked at.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">What to do; null when all is well.</param>
internal sealed record CheckResult(string Name, CheckStatus Status, string Detail, string? Advice = null)
{
    public static CheckResult Ok(string name, string detail) => new(name, CheckStatus.Ok, detail);

    public static CheckResult Warning(string name, string detail, string advice) => new(name, CheckStatus.Warning, detail, advice);

    public static CheckResult Failed(string name, string detail, string advice) => new(name, CheckStatus.Failed, detail, advice);
}
