#nullable enable

using System.Runtime.InteropServices;
using System.Text;

namespace EdgeFace.ThirdParty.TurboJpeg;

/// <summary>Which library is bound, where it comes from, and which version of it is here.</summary>
public static class TurboJpegLibrary
{
    /// <summary>The name that the dynamic linker looks for.</summary>
    public const string FileName = "libturbojpeg.so.0";

    /// <summary>The package of Debian 12 that has it.</summary>
    public const string DebianPackage = "libturbojpeg0";

    private static ReadOnlySpan<byte> Mark => "libjpeg-turbo version "u8;

    /// <summary>
    /// The version, such as <c>2.1.5</c>. The API has no call for it: it is the text in the library's own file; the
    /// file's name where the text is missing.
    /// </summary>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public static string Version
    {
        get
        {
            var library = NativeLibrary.Load(FileName, typeof(TurboJpegLibrary).Assembly, searchPath: null);
            try
            {
                var path = FileOf(NativeLibrary.GetExport(library, "tjInitDecompress"));
                return path is null ? FileName : VersionIn(path) ?? Path.GetFileName(path);
            }
            finally
            {
                NativeLibrary.Free(library);
            }
        }
    }

    private static unsafe string? FileOf(nint symbol) =>
        NativeMethods.dladdr(symbol, out var info) == 0 ? null : Marshal.PtrToStringUTF8((nint)info.FileName);

    private static string? VersionIn(string path)
    {
        ReadOnlySpan<byte> file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var at = file.IndexOf(Mark);
        if (at < 0)
            return null;
        var rest = file[(at + Mark.Length)..];
        var end = rest.IndexOfAnyExcept("0123456789."u8);
        return end > 0 ? Encoding.ASCII.GetString(rest[..end]) : null;
    }
}
