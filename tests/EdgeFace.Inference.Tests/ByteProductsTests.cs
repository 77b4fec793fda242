using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace EdgeFace.Inference.Tests;

public sealed class ByteProductsTests
{
    [Fact]
    public void The_processor_is_told_as_the_kernel_tells_it()
    {
        var flags = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ') ?? [];
        var exact = RuntimeInformation.ProcessArchitecture != Architecture.X64 || flags.Contains("avx_vnni") || flags.Contains("avx512_vnni");
        Assert.Equal(!exact, ByteProducts.Overflow);
    }

    [Fact]
    public void Unsigned_weights_compute_what_signed_ones_do()
    {
        var package = TestModels.Load(TestModels.Slim);
        var input = package.Manifest.Input;
        var picture = TestModels.Noise(input.Width * input.Height * 3, 5);
        using var value = OrtValue.CreateTensorValueFromMemory(picture, [1, input.Height, input.Width, 3]);
        Assert.Equal(Maps(widen: false), Maps(widen: true));

        float[][] Maps(bool widen)
        {
            InferenceRuntime.Prepare();
            using var options = new SessionOptions();
            if (widen)
                ByteProducts.Widen(options);
            else
                ByteProducts.Guard(options);
            using var session = new InferenceSession(package.ReadVerified(), options);
            using var run = new RunOptions();
            using var results = session.Run(run, [input.Name], [value], session.OutputNames);
            return [.. results.Select(result => result.GetTensorDataAsSpan<float>().ToArray())];
        }
    }
}
