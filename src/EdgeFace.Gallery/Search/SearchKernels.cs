using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeFace.Gallery;

/// <summary>
/// The instruction sets that the search uses. They are chosen once, when the kernels are compiled for this processor:
/// every test of a set below is a constant to the compiler.
/// </summary>
public static class SearchKernels
{
    /// <summary>One name a kernel, for <c>doctor</c> and reports: float32, int8, sign bits, short codes.</summary>
    public static string Name => $"float {FloatKernel.Name}, int8 {Int8Kernel.Name}, bits {SignKernel.Name}, codes {CodeKernel.Name}";

    /// <summary>The widest set in one word.</summary>
    internal static string Widest => Avx512BW.IsSupported ? "AVX-512"
        : Avx2.IsSupported ? "AVX2"
        : Dp.IsSupported ? "AdvSimd+Dp"
        : AdvSimd.Arm64.IsSupported ? "AdvSimd"
        : Vector128.IsHardwareAccelerated ? "Vector128"
        : "scalar";
}
