using System.Runtime.InteropServices;

namespace EdgeFace.ModelTools.Tests;

/// <summary>The calling thread's floating-point mode, through glibc's fenv_t.</summary>
internal static partial class FloatingPointMode
{
    /// <summary>x64: 32 bytes, the last four are MXCSR; bit 6 is DAZ, bit 15 FTZ. ARM64: FPCR comes first; bit 24 is FZ.</summary>
    private const int EnvironmentSize = 32;

    public static void TakeSubnormalsForZeros()
    {
        Span<uint> environment = stackalloc uint[EnvironmentSize / sizeof(uint)];
        Assert.Equal(0, GetEnvironment(environment));
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
            environment[0] |= 1u << 24;
        else
            environment[7] |= 1u << 6 | 1u << 15;
        Assert.Equal(0, SetEnvironment(environment));
    }

    [LibraryImport("libm.so.6", EntryPoint = "fegetenv")]
    private static partial int GetEnvironment(Span<uint> environment);

    [LibraryImport("libm.so.6", EntryPoint = "fesetenv")]
    private static partial int SetEnvironment(Span<uint> environment);
}
