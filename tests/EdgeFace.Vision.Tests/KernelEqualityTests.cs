using EdgeFace.TestKit;

namespace EdgeFace.Vision.Tests;

public sealed class KernelEqualityTests
{
    [Fact]
    public void I420_kernel_equals_its_scalar_twin() => KernelEquality.I420();

    [Fact]
    public void Gray_kernel_equals_its_scalar_twin() => KernelEquality.Gray();

    [Fact]
    public void Plane_kernels_equal_their_scalar_twins() => KernelEquality.Planes();

    [Fact]
    public void Resize_of_columns_equals_its_scalar_twin() => KernelEquality.ResizeColumns();

    [Fact]
    public void Resize_of_rows_equals_its_scalar_twin() => KernelEquality.ResizeRows();

    [Fact]
    public void Warp_equals_its_scalar_twin() => KernelEquality.Warp();

    [Avx2Fact]
    public void All_kernels_equal_their_twins_without_Avx2()
    {
        var output = RestrictedProcess.Run(typeof(KernelEquality), nameof(KernelEquality.WithoutAvx2), "DOTNET_EnableAVX2=0");
        Assert.Contains("kernel Vector128", output, StringComparison.Ordinal);
    }

    [Fact]
    public void All_kernels_equal_their_twins_without_hardware_intrinsics()
    {
        var output = RestrictedProcess.Run(typeof(KernelEquality), nameof(KernelEquality.WithoutVectors), "DOTNET_EnableHWIntrinsic=0");
        Assert.Contains("kernel scalar", output, StringComparison.Ordinal);
    }
}
