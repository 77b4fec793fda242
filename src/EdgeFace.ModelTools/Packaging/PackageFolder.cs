using EdgeFace.Inference;

namespace EdgeFace.ModelTools.Packaging;

/// <summary>Puts a finished folder in the place of another.</summary>
internal static class PackageFolder
{
    /// <summary>
    /// Two renames, with the old folder beside until the new one stands; it comes back when the second fails. Files of the old
    /// folder that are neither model nor manifest go along.
    /// </summary>
    /// <exception cref="IOException">A rename failed; what stood there before still does.</exception>
    public static void PutInPlace(string aside, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(aside, target);
            return;
        }

        foreach (var file in Directory.EnumerateFiles(target).Where(IsKept))
            File.Copy(file, Path.Combine(aside, Path.GetFileName(file)));
        var old = aside + ".old";
        Directory.Move(target, old);
        try
        {
            Directory.Move(aside, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }

        Directory.Delete(old, recursive: true);
    }

    private static bool IsKept(string file)
        => Path.GetFileName(file) != ModelManifest.FileName && !Path.GetExtension(file).Equals(".onnx", StringComparison.OrdinalIgnoreCase);
}
