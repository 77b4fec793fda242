using System.Runtime.Versioning;
using EdgeFace.Core;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Vision.Tests.Pictures;

[SupportedOSPlatform("linux")]
public sealed class PictureFileTests
{
    [Fact]
    public void Missing_file_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("none.jpg");

        Assert.Equal($"{path} does not exist: check the path", Refusal(path));
        Assert.Equal($"{path}/x.jpg does not exist: check the path", Refusal(path + "/x.jpg"));
    }

    [Fact]
    public void Folder_is_no_picture()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal($"{folder.Path} is a folder, not a picture: name a file in it", Refusal(folder.Path));
    }

    [Fact]
    public void Empty_path_is_refused() => Assert.Equal("a picture's path is empty: name a JPEG or PNG file", Refusal(""));

    [Fact]
    public void Path_that_no_system_takes_is_refused() =>
        Assert.StartsWith("a?b cannot be read (", Refusal("a\0b"), StringComparison.Ordinal);

    [Fact]
    public void File_without_permission_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("secret.jpg");
        File.Copy(GoldenPicture.PathOf("rgb.png"), path);
        File.SetUnixFileMode(path, UnixFileMode.None);
        File.SetUnixFileMode(folder.Path, Unprivileged.ReadOnlyFolder);

        var e = Unprivileged.Run(() => PictureReader.Read(path));

        Assert.Equal($"{path} may not be read by this user: change its permissions (chmod, chown)", Assert.IsType<InputException>(e).Message);
    }

    [Fact]
    public void Folder_without_permission_is_not_written_to()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.png");
        File.SetUnixFileMode(folder.Path, Unprivileged.ReadOnlyFolder);

        var e = Unprivileged.Run(() => PngWriter.Write(GoldenPicture.Expected("rgb"), path));

        Assert.Equal(
            $"{path} may not be written by this user: change the folder's permissions (chmod, chown)", Assert.IsType<InputException>(e).Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static string Refusal(string path) => Assert.Throws<InputException>(() => PictureReader.Read(path)).Message;
}
