using System.Runtime.Intrinsics.X86;
using Xunit;

namespace EdgeFace.TestKit;

/// <summary>A test about AVX2, or about doing without it; skipped with the reason on machines that have none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class Avx2FactAttribute : FactAttribute
{
    public Avx2FactAttribute()
    {
        if (!Avx2.IsSupported)
            Skip = "this machine has no AVX2 that could be switched off";
    }
}
