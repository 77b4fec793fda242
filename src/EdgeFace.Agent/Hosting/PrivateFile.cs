namespace EdgeFace.Agent.Hosting;

/// <summary>Files for their owner's eyes alone, written aside, flushed and renamed.</summary>
internal static class PrivateFile
{
    public static void Write(string path, Action<Stream> write)
    {
        var aside = path + ".tmp";
        using (var file = new FileStream(aside, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }
}
