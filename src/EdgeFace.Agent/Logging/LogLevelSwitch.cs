namespace EdgeFace.Agent.Logging;

/// <summary>The least level that is logged; it can be changed while the agent runs.</summary>
internal sealed class LogLevelSwitch(LogLevel least)
{
    private volatile int _least = (int)least;

    public LogLevel Least
    {
        get => (LogLevel)_least;
        set => _least = (int)value;
    }
}
