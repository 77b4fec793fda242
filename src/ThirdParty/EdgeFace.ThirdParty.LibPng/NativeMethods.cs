using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.LibPng;

/// <summary>
/// The simplified API of png.h 1.6. It reports errors in <see cref="PngImage"/>; the classic API reports them with
/// longjmp, which must not cross managed frames.
/// </summary>
internal static unsafe partial class NativeMethods
{
    internal const uint ImageVersion = 1;
    internal const uint FormatBgr = 0x02 | 0x10;
    internal const uint Flag16BitSrgb = 0x04;

    [LibraryImport(PngLibrary.FileName)]
    internal static partial int png_image_begin_read_from_memory(PngImage* image, byte* memory, nuint size);

    [LibraryImport(PngLibrary.FileName)]
    internal static partial int png_image_finish_read(PngImage* image, byte* background, byte* buffer, int rowStride, byte* colormap);

    [LibraryImport(PngLibrary.FileName)]
    internal static partial int png_image_write_to_memory(
        PngImage* image, byte* memory, ref nuint memoryBytes, int convertTo8Bit, byte* buffer, int rowStride, byte* colormap);

    [LibraryImport(PngLibrary.FileName)]
    internal static partial void png_image_free(PngImage* image);

    [LibraryImport(PngLibrary.FileName)]
    internal static partial byte* png_get_libpng_ver(nint png);

    [StructLayout(LayoutKind.Sequential)]
    internal struct PngImage
    {
        public nint Opaque;
        public uint Version;
        public uint Width;
        public uint Height;
        public uint Format;
        public uint Flags;
        public uint ColormapEntries;
        public uint WarningOrError;
        public fixed byte Message[64];
    }
}
