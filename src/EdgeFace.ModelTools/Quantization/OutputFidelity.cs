namespace EdgeFace.ModelTools.Quantization;

/// <summary>How close a quantised model's outputs come to those of the float model on the same inputs.</summary>
internal sealed class OutputFidelity
{
    /// <summary>Reported for outputs that are equal.</summary>
    private const double Perfect = 200;

    private readonly IReadOnlyList<float[]> _inputs;
    private readonly IReadOnlyList<string> _outputs;
    private readonly IReadOnlyList<int> _shape;
    private readonly List<float[][]> _reference = [];

    public OutputFidelity(byte[] model, string name, IReadOnlyList<int> shape, IReadOnlyList<string> outputs, IReadOnlyList<float[]> inputs)
    {
        (_inputs, _outputs, _shape) = (inputs, outputs, shape);
        using var runner = new ModelRunner(model, name, shape);
        foreach (var input in inputs)
        {
            var values = new float[outputs.Count][];
            runner.Run(input, outputs, (output, result) => values[output] = result.ToArray());
            _reference.Add(values);
        }
    }

    /// <summary>
    /// Signal to quantisation noise, 10 log10(sum y^2 / sum (y - q)^2) in dB, of the worst output; and the mean cosine of
    /// the first output, which is what an embedder lives on.
    /// </summary>
    public (double Sqnr, double Cosine) Measure(byte[] model, string name)
    {
        var signal = new double[_outputs.Count];
        var noise = new double[_outputs.Count];
        double cosines = 0;
        using var runner = new ModelRunner(model, name, _shape);
        for (var i = 0; i < _inputs.Count; i++)
        {
            var reference = _reference[i];
            runner.Run(_inputs[i], _outputs, (output, values) =>
            {
                var (s, n, dot, square) = Sums(reference[output], values);
                signal[output] += s;
                noise[output] += n;
                if (output == 0)
                    cosines += s > 0 && square > 0 ? dot / Math.Sqrt(s * square) : 0;
            });
        }

        return (Enumerable.Range(0, _outputs.Count).Min(output => Decibels(signal[output], noise[output])), cosines / _inputs.Count);
    }

    private static (double Signal, double Noise, double Dot, double Square) Sums(float[] wanted, ReadOnlySpan<float> got)
    {
        double signal = 0, noise = 0, dot = 0, square = 0;
        for (var i = 0; i < wanted.Length; i++)
        {
            signal += (double)wanted[i] * wanted[i];
            noise += ((double)wanted[i] - got[i]) * ((double)wanted[i] - got[i]);
            dot += (double)wanted[i] * got[i];
            square += (double)got[i] * got[i];
        }

        return (signal, noise, dot, square);
    }

    private static double Decibels(double signal, double noise)
        => noise == 0 ? Perfect : signal == 0 ? -Perfect : Math.Clamp(10 * Math.Log10(signal / noise), -Perfect, Perfect);
}
