using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.TurboJpeg;

/// <summary>What the library says, in one line.</summary>
public sealed class TurboJpegException : Exception
{
    internal TurboJpegException(string message, bool isWarning)
        : base(message)
    {
        IsWarning = isWarning;
    }

    /// <summary>The library could have gone on with damaged data (a truncated file is only a warning to it).</summary>
    public bool IsWarning { get; }

    internal static unsafe TurboJpegException Last(nint handle)
    {
        var text = Marshal.PtrToStringUTF8((nint)NativeMethods.tjGetErrorStr2(handle)) ?? "no reason given";
        var warning = handle != 0 && NativeMethods.tjGetErrorCode(handle) == NativeMethods.ErrorWarning;
        return new TurboJpegException(text.ReplaceLineEndings(" ").Trim(), warning);
    }
}
