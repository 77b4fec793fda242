using System.Diagnostics;

namespace EdgeFace.Messaging.Tests;

/// <summary>This assembly as another process.</summary>
internal static class ChildProcess
{
    public static ProcessStartInfo Describe(params IEnumerable<string> arguments) =>
        new("dotnet", [typeof(ChildProcess).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };

    public static Process Start(params string[] arguments) => Process.Start(Describe(arguments))!;
}
