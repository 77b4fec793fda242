namespace EdgeFace.Server.Tests;

/// <summary>What tests run in a process of its own, to kill it.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => arguments switch
    {
        ["board", var folder, var address, var once] => Sync.KilledBoard.FollowAsync(folder, new Uri(address), bool.Parse(once)),
        _ => Task.FromResult(64),
    };
}
