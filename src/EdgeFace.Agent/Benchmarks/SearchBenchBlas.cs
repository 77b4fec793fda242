using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeFace.Agent.Benchmarks;

/// <summary>OpenBLAS's product of a matrix and a vector, as a yardstick; the library need not be there.</summary>
internal sealed unsafe partial class SearchBenchBlas
{
    private const int RowMajor = 101;
    private const int NoTranspose = 111;

    private readonly delegate* unmanaged<int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemv;

    private SearchBenchBlas(nint library, int threads)
    {
        _sgemv = (delegate* unmanaged<int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)NativeLibrary.GetExport(library, "cblas_sgemv");
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads"))(threads);
        Core = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "openblas_get_corename"))()) ?? "unknown";
    }

    /// <summary>Whose kernels it uses.</summary>
    public string Core { get; }

    /// <summary>Null when the library is not there.</summary>
    public static SearchBenchBlas? TryLoad(int threads)
    {
        // It knows no processor newer than itself and falls back to slow kernels; the name must be set before it is loaded.
        if (Vector512.IsHardwareAccelerated)
            _ = SetEnvironment("OPENBLAS_CORETYPE", "SkylakeX", 1);
        else if (Vector256.IsHardwareAccelerated)
            _ = SetEnvironment("OPENBLAS_CORETYPE", "Haswell", 1);
        return NativeLibrary.TryLoad("libopenblas.so.0", out var library) ? new SearchBenchBlas(library, threads) : null;
    }

    /// <summary>scores = rows x probe.</summary>
    public void Multiply(float* rows, int count, int dimension, float* probe, float* scores)
        => _sgemv(RowMajor, NoTranspose, count, dimension, 1, rows, dimension, probe, 1, 0, scores, 1);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
