using System.Globalization;

namespace EdgeFace.Gallery.Tests;

/// <summary>What tests run in a process of its own, to kill it.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => arguments switch
    {
        ["follow", var folder, var seed, var steps] => Sync.KilledBoard.FollowAsync(
            folder, int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(steps, CultureInfo.InvariantCulture)),
        _ => Task.FromResult(64),
    };
}
