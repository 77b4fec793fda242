using System.Globalization;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision.Pictures;
using Xunit.Abstractions;

namespace EdgeFace.Vision.Tests.Pictures;

/// <summary>Damaged pictures give a frame or one clear line, never anything else. EDGEFACE_FUZZ_SEED and EDGEFACE_FUZZ_CASES widen the search.</summary>
public sealed class PictureFuzzTests(ITestOutputHelper output)
{
    private const int DefaultSeed = 20_260_101;
    private const int DefaultCases = 3_000;

    private static readonly string[] Jpegs =
        ["baseline-420.jpg", "baseline-444.jpg", "progressive.jpg", "restart.jpg", "grey.jpg", "cmyk.jpg", "orientation-6-big.jpg", "orientation-8-little.jpg"];

    private static readonly string[] Pngs =
        ["rgb.png", "grey.png", "bilevel.png", "interlaced.png", "palette-transparent.png", "rgb16.png", "interlaced16.png", "rgba.png", "grey-alpha.png", "animated.png", "orientation-6.png"];

    [Fact]
    public void Mutated_jpegs_give_a_frame_or_a_clear_line() => Run(Jpegs, PictureMutation.OfJpeg);

    [Fact]
    public void Mutated_pngs_give_a_frame_or_a_clear_line() => Run(Pngs, PictureMutation.OfPng);

    private void Run(string[] files, Func<byte[], Random, byte[]> mutate)
    {
        var seed = Setting("EDGEFACE_FUZZ_SEED", DefaultSeed);
        var cases = Setting("EDGEFACE_FUZZ_CASES", DefaultCases);
        output.WriteLine($"seed {seed}, {cases} cases");
        var originals = files.Select(GoldenPicture.Bytes).ToArray();
        var (frames, refusals) = (0, 0);
        for (var i = 0; i < cases; i++)
        {
            // A random generator a case, so that one case can be run again by itself.
            var random = new Random(seed + i);
            var which = random.Next(files.Length);
            var bytes = mutate(originals[which], random);
            try
            {
                AssertSound(PictureReader.Decode(bytes, "fuzz"));
                frames++;
            }
            catch (InputException e)
            {
                AssertClear(e);
                refusals++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed + i}: {files[which]} mutated to {bytes.Length} bytes: {e.Message}", e);
            }
        }

        output.WriteLine($"{frames} frames, {refusals} refusals");
        Assert.True(frames > cases / 50 && refusals > cases / 10, $"the mutations miss: {frames} frames, {refusals} refusals");
    }

    private static void AssertSound(Frame frame)
    {
        Assert.Equal(PixelFormat.Bgr24, frame.Format);
        Assert.InRange((long)frame.Width * frame.Height, 1, PictureReader.MaxPixels);
        Assert.Equal(frame.Width * frame.Height * 3, frame.Pixels.Length);
    }

    private static void AssertClear(InputException e)
    {
        Assert.StartsWith("fuzz ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Contains(": ", e.Message, StringComparison.Ordinal);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
