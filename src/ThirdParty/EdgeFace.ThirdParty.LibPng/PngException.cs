using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.LibPng;

/// <summary>What the library says, in one line.</summary>
public sealed class PngException : Exception
{
    internal PngException(string message)
        : base(message)
    {
    }

    internal static unsafe PngException Of(NativeMethods.PngImage* image)
    {
        var text = Marshal.PtrToStringUTF8((nint)image->Message)?.ReplaceLineEndings(" ").Trim();
        return new PngException(string.IsNullOrEmpty(text) ? "no reason given" : text);
    }
}
