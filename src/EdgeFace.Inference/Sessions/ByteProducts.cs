using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;

namespace EdgeFace.Inference;

/// <summary>
/// Models in integers on x64 processors without VNNI (Haswell to Skylake, Zen 1 to 3): ONNX Runtime's kernels for unsigned times signed bytes add two products
/// in 16 bits there, which overflows, and a face is missed. Told so, it turns the weights to unsigned bytes when it loads the model.
/// With VNNI that would double the time for nothing, and the runtime does not tell the two apart; ARM's kernels are exact.
/// </summary>
internal static class ByteProducts
{
    private const int FeatureLeaf = 7;

    public static bool Overflow { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 && !HasDotProduct();

    public static void Guard(SessionOptions options)
    {
        if (Overflow)
            Widen(options);
    }

    internal static void Widen(SessionOptions options) => options.AddSessionConfigEntry("session.x64quantprecision", "1");

    private static bool HasDotProduct()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < FeatureLeaf)
            return false;
        var (more, _, features, _) = X86Base.CpuId(FeatureLeaf, 0);
        var avx512 = (features & 1 << 11) != 0;
        return avx512 || (more >= 1 && (X86Base.CpuId(FeatureLeaf, 1).Eax & 1 << 4) != 0);
    }
}
