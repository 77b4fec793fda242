using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.TurboJpeg;

/// <summary>
/// The part of turbojpeg.h (API 2.x, which libjpeg-turbo 3 still exports) that is used. C's <c>unsigned long</c> is
/// <c>nuint</c> here: true for 64-bit Linux, the only system this is for.
/// </summary>
internal static unsafe partial class NativeMethods
{
    internal const int PixelFormatBgr = 1;
    internal const int ErrorWarning = 0;
    internal const int FlagStopOnWarning = 8192;
    internal const int FlagLimitScans = 32768;
    internal const int Subsampling420 = 2;

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial nint tjInitDecompress();

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial nint tjInitCompress();

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial int tjDestroy(nint handle);

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial int tjDecompressHeader3(
        nint handle, byte* jpeg, nuint jpegSize, out int width, out int height, out int subsampling, out int colorspace);

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial int tjDecompress2(
        nint handle, byte* jpeg, nuint jpegSize, byte* pixels, int width, int pitch, int height, int pixelFormat, int flags);

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial int tjCompress2(
        nint handle, byte* pixels, int width, int pitch, int height, int pixelFormat,
        ref byte* jpeg, ref nuint jpegSize, int subsampling, int quality, int flags);

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial void tjFree(byte* buffer);

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial byte* tjGetErrorStr2(nint handle);

    [LibraryImport(TurboJpegLibrary.FileName)]
    internal static partial int tjGetErrorCode(nint handle);

    [LibraryImport("libc")]
    internal static partial int dladdr(nint address, out SymbolInfo info);

    [StructLayout(LayoutKind.Sequential)]
    internal struct SymbolInfo
    {
        public byte* FileName;
        public nint FileBase;
        public byte* SymbolName;
        public nint SymbolAddress;
    }
}
