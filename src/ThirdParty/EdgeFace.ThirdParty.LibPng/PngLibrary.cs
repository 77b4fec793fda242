using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.LibPng;

/// <summary>Which library is bound, where it comes from, and which version of it is here.</summary>
public static class PngLibrary
{
    /// <summary>The name that the dynamic linker looks for.</summary>
    public const string FileName = "libpng16.so.16";

    /// <summary>The package of Debian 12 that has it.</summary>
    public const string DebianPackage = "libpng16-16";

    /// <summary>The version, such as <c>1.6.39</c>.</summary>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public static unsafe string Version => Marshal.PtrToStringUTF8((nint)NativeMethods.png_get_libpng_ver(0)) ?? FileName;
}
