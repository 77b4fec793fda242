using EdgeFace.Core;
using EdgeFace.Core.IO;

namespace EdgeFace.Agent.Hosting;

/// <summary>Files that the user names, for their owner's eyes alone.</summary>
internal static class PrivateFile
{
    public static void Write(string path, Action<Stream> write)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new InputException($"{path}: the folder {folder} does not exist: make it first.");
        if (Directory.Exists(path))
            throw new InputException($"{path} is a folder: name a file in it.");
        DurableFile.Write(path, write, DurableFile.OwnerOnly);
    }
}
