using EdgeFace.Core;
using EdgeFace.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeFace.ModelTools.Folding;

/// <summary>
/// Runs two models in ONNX Runtime on the same inputs: noise of a fixed seed, and patterns that noise does not contain.
/// </summary>
internal static class ModelComparison
{
    private const int Seed = 20240229;

    /// <summary>The largest difference of any output on any input, relative to the largest magnitude of that output.</summary>
    /// <exception cref="InputException">A model cannot be run: not valid, or with inputs that are not float32 of a fixed size.</exception>
    public static double WorstRelativeDifference(byte[] expected, byte[] actual, string name)
    {
        using var reference = Open(expected, name);
        using var candidate = Open(actual, name);
        var worst = 0.0;
        foreach (var pattern in Enum.GetValues<Pattern>())
        {
            using var inputs = new Inputs(reference, pattern, name);
            using var options = new RunOptions();
            using var wanted = reference.Run(options, inputs.Names, inputs.Values, reference.OutputNames);
            using var got = candidate.Run(options, inputs.Names, inputs.Values, reference.OutputNames);
            for (var i = 0; i < wanted.Count; i++)
                worst = Math.Max(worst, Difference(wanted[i], got[i]));
        }

        return worst;
    }

    private static InferenceSession Open(byte[] model, string name)
    {
        InferenceRuntime.Prepare();
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InputException($"{name}: ONNX Runtime does not take the model ({InferenceRuntime.OneLine(error.Message)}).", error);
        }
    }

    private static double Difference(OrtValue expected, OrtValue actual)
    {
        if (expected.GetTensorTypeAndShape().ElementDataType != TensorElementType.Float)
            return 0;
        var wanted = expected.GetTensorDataAsSpan<float>();
        var got = actual.GetTensorDataAsSpan<float>();
        if (wanted.Length != got.Length)
            return double.PositiveInfinity;
        double difference = 0, magnitude = 0;
        for (var i = 0; i < wanted.Length; i++)
        {
            // Written so that a NaN on one side only counts as infinitely far.
            var step = Math.Abs((double)wanted[i] - got[i]);
            if (double.IsNaN(step))
                step = wanted[i].Equals(got[i]) ? 0 : double.PositiveInfinity;
            difference = Math.Max(difference, step);
            if (float.IsFinite(wanted[i]))
                magnitude = Math.Max(magnitude, Math.Abs(wanted[i]));
        }

        return difference == 0 ? 0 : difference / Math.Max(magnitude, 1e-6);
    }

    private enum Pattern
    {
        Zero,
        One,
        MinusOne,
        UniformNoise,
        WideNoise,
        Ramp,
        Checkerboard,
        Impulse,
    }

    private sealed class Inputs : IDisposable
    {
        public Inputs(InferenceSession session, Pattern pattern, string name)
        {
            Names = [.. session.InputNames];
            var values = new List<OrtValue>();
            foreach (var input in Names)
            {
                var meta = session.InputMetadata[input];
                if (!meta.IsTensor || meta.ElementDataType != TensorElementType.Float)
                    throw new InputException($"{name}: input '{input}' is not a float32 tensor; only such models can be compared.");
                // A free batch size is the usual one; any other free size cannot be guessed.
                var shape = meta.Dimensions.Select((size, axis) => size > 0 ? (long)size : axis == 0 ? 1 : -1).ToArray();
                if (shape.Contains(-1))
                    throw new InputException($"{name}: input '{input}' has a free size; fix its shape first.");
                values.Add(OrtValue.CreateTensorValueFromMemory(Fill(pattern, shape), shape));
            }

            Values = values;
        }

        public IReadOnlyList<string> Names { get; }

        public IReadOnlyList<OrtValue> Values { get; }

        public void Dispose()
        {
            foreach (var value in Values)
                value.Dispose();
        }

        private static float[] Fill(Pattern pattern, long[] shape)
        {
            var count = checked((int)shape.Aggregate(1L, (product, size) => product * size));
            var width = shape.Length > 0 ? (int)shape[^1] : 1;
            var random = new Random(Seed);
            var values = new float[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = pattern switch
                {
                    Pattern.One => 1,
                    Pattern.MinusOne => -1,
                    Pattern.UniformNoise => random.NextSingle() * 2 - 1,
                    Pattern.WideNoise => (random.NextSingle() * 2 - 1) * 255,
                    Pattern.Ramp => i % width * 2f / width - 1,
                    Pattern.Checkerboard => (i / width / 4 + i % width / 4) % 2 * 2 - 1,
                    Pattern.Impulse => i == count / 2 ? 1 : 0,
                    _ => 0,
                };
            }

            return values;
        }
    }
}
