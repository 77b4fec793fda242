using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Vision.Tests.Pictures;

public sealed class NativeLibraryTests
{
    private const string JpegRefusal =
        "JPEG pictures need the library libturbojpeg.so.0, which cannot be loaded: install Debian's package libturbojpeg0 (apt-get install libturbojpeg0)";

    private const string PngRefusal =
        "PNG pictures need the library libpng16.so.16, which cannot be loaded: install Debian's package libpng16-16 (apt-get install libpng16-16)";

    [Fact]
    public void Libraries_tell_their_versions()
    {
        Assert.Matches(@"^[23]\.\d+(\.\d+)*$", PictureLibraries.JpegVersion);
        Assert.Matches(@"^1\.6\.\d+$", PictureLibraries.PngVersion);
    }

    [Fact]
    public void Missing_library_is_named_with_its_package()
    {
        var context = new AssemblyLoadContext("without codecs", isCollectible: false);
        foreach (var binding in new[] { "TurboJpeg", "LibPng" })
        {
            var path = Path.Combine(AppContext.BaseDirectory, $"EdgeFace.ThirdParty.{binding}.dll");
            NativeLibrary.SetDllImportResolver(context.LoadFromAssemblyPath(path), (name, _, _) => throw new DllNotFoundException(name));
        }

        var vision = context.LoadFromAssemblyPath(typeof(PictureReader).Assembly.Location);
        var frame = GoldenPicture.Expected("rgb");

        Assert.Equal(JpegRefusal, Refusal(vision, nameof(PictureReader), nameof(PictureReader.Read), GoldenPicture.PathOf("grey.jpg")));
        Assert.Equal(PngRefusal, Refusal(vision, nameof(PictureReader), nameof(PictureReader.Read), GoldenPicture.PathOf("rgb.png")));
        Assert.Equal(JpegRefusal, Refusal(vision, nameof(JpegWriter), nameof(JpegWriter.Encode), frame, 90));
        Assert.Equal(PngRefusal, Refusal(vision, nameof(PngWriter), nameof(PngWriter.Encode), frame));
        Assert.Equal(PngRefusal, Refusal(vision, nameof(PictureLibraries), $"get_{nameof(PictureLibraries.PngVersion)}"));
    }

    /// <summary>The context takes <see cref="Frame"/> and <see cref="InputException"/> from here, so both can be passed across.</summary>
    private static string Refusal(Assembly vision, string type, string method, params object[] arguments)
    {
        var called = vision.GetType($"EdgeFace.Vision.Pictures.{type}", throwOnError: true)!.GetMethod(method)!;
        var thrown = Assert.Throws<TargetInvocationException>(() => called.Invoke(null, arguments));
        return Assert.IsType<InputException>(thrown.InnerException).Message;
    }
}
