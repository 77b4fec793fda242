using EdgeFace.Core;

namespace EdgeFace.Agent.Hosting;

/// <summary>Files for their owner's eyes alone, written aside, flushed and renamed.</summary>
internal static class PrivateFile
{
    public static void Write(string path, Action<Stream> write)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new InputException($"{path}: the folder {folder} does not exist: make it first.");
        if (Directory.Exists(path))
            throw new InputException($"{path} is a folder: name a file in it.");
        // A name of its own each time: a file left behind by another hand would keep the permissions it was made with.
        var aside = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var file = new FileStream(aside, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, path, overwrite: true);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }
}
