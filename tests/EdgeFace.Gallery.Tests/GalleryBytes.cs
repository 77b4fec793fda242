namespace EdgeFace.Gallery.Tests;

/// <summary>What stands in a gallery's files, byte by byte.</summary>
internal static class GalleryBytes
{
    public static IEnumerable<byte[]> FilesOf(string path)
    {
        foreach (var name in new[] { path, path + "-wal", path + "-shm" })
        {
            if (!File.Exists(name))
                continue;
            using var file = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            yield return bytes;
        }
    }

    public static void AssertAbsent(byte[] bytes, ReadOnlySpan<byte> piece, string what)
        => Assert.True(bytes.AsSpan().IndexOf(piece) < 0, $"the {what} is still there");
}
