using System.Runtime.Intrinsics.X86;
using EdgeFace.TestKit;

namespace EdgeFace.Gallery.Tests;

public sealed class KernelEqualityTests
{
    [Fact]
    public void Float_kernels_equal_their_scalar_twin() => KernelEquality.Floats();

    [Fact]
    public void Int8_kernels_equal_their_scalar_twin() => KernelEquality.Bytes();

    [Fact]
    public void Sign_kernels_equal_their_scalar_twin() => KernelEquality.Bits();

    [Fact]
    public void Bounds_of_distances_equal_their_scalar_twin() => KernelEquality.Bounds();

    [Fact]
    public void Code_kernels_equal_their_scalar_twin() => KernelEquality.ShortCodes();

    [Avx2Fact]
    public void All_kernels_equal_their_twins_without_Avx512() => Check(
        nameof(KernelEquality.WithoutAvx512), AvxVnni.IsSupported ? "int8 AVX-VNNI" : "int8 AVX2", "DOTNET_EnableAVX512=0");

    [Avx2Fact]
    public void All_kernels_equal_their_twins_without_Vnni() => Check(
        nameof(KernelEquality.WithoutVnni), Avx512BW.IsSupported ? "int8 AVX-512BW" : "int8 AVX2", "DOTNET_EnableAVXVNNI=0");

    [Avx2Fact]
    public void All_kernels_equal_their_twins_with_Avx2_alone() => Check(
        nameof(KernelEquality.WithoutVnniAndAvx512), "float AVX2, int8 AVX2", "DOTNET_EnableAVX512=0", "DOTNET_EnableAVXVNNI=0");

    [Avx2Fact]
    public void All_kernels_equal_their_twins_without_Avx2() => Check(
        nameof(KernelEquality.WithoutAvx2), "float Vector128, int8 Vector128", "DOTNET_EnableAVX2=0");

    [Fact]
    public void All_kernels_equal_their_twins_without_hardware_intrinsics() => Check(
        nameof(KernelEquality.WithoutVectors), "float scalar, int8 scalar, bits scalar, codes scalar", "DOTNET_EnableHWIntrinsic=0");

    private static void Check(string method, string kernels, params string[] settings)
        => Assert.Contains(kernels, RestrictedProcess.Run(typeof(KernelEquality), method, settings), StringComparison.Ordinal);
}
