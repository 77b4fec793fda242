using EdgeFace.Core;

namespace EdgeFace.Vision.Pictures;

/// <summary>A native codec that is not installed, or too old to have what is called.</summary>
internal static class MissingLibrary
{
    internal static bool IsReason(Exception e) => e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException;

    internal static InputException Of(string kind, string file, string package, Exception inner) => new(
        $"{kind} pictures need the library {file}, which cannot be loaded: install Debian's package {package} (apt-get install {package})", inner);
}
