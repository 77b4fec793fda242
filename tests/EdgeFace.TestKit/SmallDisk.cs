using System.ComponentModel;
using System.Diagnostics;

namespace EdgeFace.TestKit;

/// <summary>A file system that is soon full: a tmpfs of its own, which only root may mount.</summary>
public sealed class SmallDisk : IDisposable
{
    private static readonly Lazy<string?> Problem = new(Try);

    private SmallDisk(string path) => Path = path;

    /// <summary>Null when a disk can be mounted here, else the reason for which it cannot.</summary>
    public static string? WhyMissing => Problem.Value;

    public string Path { get; }

    /// <exception cref="InvalidOperationException">It cannot be mounted.</exception>
    public static SmallDisk Mount(string path, string size)
    {
        Directory.CreateDirectory(path);
        Run("mount", "-t", "tmpfs", "-o", $"size={size}", "none", path);
        return new SmallDisk(path);
    }

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(System.IO.Path.Combine(Path, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // Full, as was wanted.
        }
    }

    public void MakeRoom() => File.Delete(System.IO.Path.Combine(Path, "filler"));

    // Lazily: a file that the dying agent still holds must not fail the test.
    public void Dispose() => Run("umount", "-l", Path);

    private static string? Try()
    {
        try
        {
            using var folder = new TemporaryFolder();
            using var disk = Mount(folder.File("disk"), "64k");
            return null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            return $"needs to mount a small disk: {exception.Message}";
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(error.Trim());
    }
}
