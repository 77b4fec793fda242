using EdgeFace.Core;
using EdgeFace.Core.IO;

namespace EdgeFace.Vision.Pictures;

/// <summary>Writes pictures durably; what goes wrong is one clear line.</summary>
internal static class PictureOutput
{
    /// <exception cref="InputException">The file cannot be written; what stood there before still does.</exception>
    internal static void Write(string path, byte[] bytes)
    {
        try
        {
            DurableFile.Write(path, file => file.Write(bytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException(Describe(path, e), e);
        }
    }

    private static string Describe(string path, Exception e)
    {
        var name = PictureReader.Printable(path);
        return e switch
        {
            _ when path.Length == 0 => "the path to write a picture to is empty: name a file",
            _ when Directory.Exists(path) => $"{name} is a folder and cannot be written as a picture: name a file in it",
            DirectoryNotFoundException => $"{name} cannot be written, its folder does not exist: make it first",
            UnauthorizedAccessException => $"{name} may not be written by this user: change the folder's permissions (chmod, chown)",
            _ => $"{name} cannot be written ({e.Message.ReplaceLineEndings(" ")}): check the path and the free space",
        };
    }
}
