using System.Runtime.InteropServices;

namespace EdgeFace.Core.IO;

/// <summary>
/// Makes a rename survive a power cut (fsync(2): a file's entry in its folder is flushed apart). .NET cannot open a
/// folder. File systems that cannot flush one, such as some network shares, are left at that.
/// </summary>
public static partial class FolderSync
{
    /// <summary>O_RDONLY | O_CLOEXEC; without O_DIRECTORY, whose value differs between x64 and ARM64.</summary>
    private const int ReadOnlyCloseOnExec = 0x80000;

    public static void Flush(string folder)
    {
        var descriptor = Open(folder, ReadOnlyCloseOnExec);
        if (descriptor < 0)
            return;
        _ = Fsync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
