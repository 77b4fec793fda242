using System.Runtime.InteropServices;

namespace EdgeFace.Vision.Tests.Pictures;

/// <summary>
/// Runs something as a user whom file permissions bind, also where the tests run as root: the thread takes another
/// user for its file accesses (setfsuid(2), which counts for one thread only) and ends afterwards.
/// </summary>
internal static partial class Unprivileged
{
    internal const UnixFileMode ReadOnlyFolder = (UnixFileMode)0b101_101_101;

    private const int Nobody = 65534;

    internal static Exception? Run(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            if (Environment.UserName == "root")
                _ = SetFileSystemUser(Nobody);
            thrown = Record.Exception(action);
        });
        thread.Start();
        thread.Join();
        return thrown;
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(int user);
}
