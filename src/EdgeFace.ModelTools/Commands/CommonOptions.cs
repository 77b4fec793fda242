using System.CommandLine;

namespace EdgeFace.ModelTools.Commands;

/// <summary>What the process answers with.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The input was fine, and the work failed or a check did not pass.</summary>
    public const int Failure = 1;

    /// <summary>Arguments or input that cannot be used; one line on standard error says why.</summary>
    public const int BadInput = 2;
}

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of text." };
}
