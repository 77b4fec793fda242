namespace EdgeFace.Agent.Commands;

/// <summary>Exit codes of every command.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The work was understood and failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a file or a picture cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>The service manager is to start the agent again: a request asked for it. EX_TEMPFAIL of sysexits.h.</summary>
    public const int Restart = 75;
}
