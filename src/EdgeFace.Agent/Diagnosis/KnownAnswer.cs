using System.Numerics.Tensors;
using System.Text.Json;
using EdgeFace.Core.Faces;
using EdgeFace.Inference;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Diagnosis;

/// <summary>
/// A drawn face, whose box and vector other programs have computed (OpenCV's engine; numpy for what runs in integers): what this device's processor and libraries
/// make of it tells whether they compute right.
/// </summary>
internal static class KnownAnswer
{
    private const float LeastOverlap = 0.95f;

    // The alignment of the two programs differs by fractions of a pixel.
    private const float LeastSimilarity = 0.9f;

    public static CheckResult Check(FaceModels models)
    {
        const string Advice = "install this version of EdgeFace again, then suspect the memory or the processor of the board";
        var faces = new FaceAnalyzer(models).Analyze(PictureReader.Decode(Read("known-answer.png"), "the drawn face"));
        var ids = models.Packages.Select(package => package.Id).ToList();
        if (faces.Count == 0 || faces[0].Embedding is not { } embedding || !embedding.Values.ToArray().All(float.IsFinite))
            return CheckResult.Failed("models", "the drawn face is not found", Advice);
        var answers = JsonSerializer.Deserialize<Answer[]>(Read("known-answer.json"), JsonSerializerOptions.Web)!;
        // Another input size gives another box, by some pixels.
        int[] input = [models.Detector.InputWidth, models.Detector.InputHeight];
        if (Array.Find(answers, candidate => ids.SequenceEqual(candidate.Models) && input.SequenceEqual(candidate.Input)) is not { } answer)
            return CheckResult.Ok("models", $"{string.Join(", ", ids)}: the drawn face is found; its vector is not known for these models and this input");
        var overlap = faces[0].Detection.Box.Iou(new FaceBox(answer.Box[0], answer.Box[1], answer.Box[2], answer.Box[3]));
        var similarity = TensorPrimitives.CosineSimilarity(embedding.Values, answer.Embedding);
        var detail = FormattableString.Invariant($"the drawn face overlaps the known box by {overlap:0.000}, its vector is {similarity:0.000} like the known one");
        return overlap >= LeastOverlap && similarity >= LeastSimilarity ? CheckResult.Ok("models", detail) : CheckResult.Failed("models", detail, Advice);
    }

    private static byte[] Read(string name)
    {
        using var stream = typeof(KnownAnswer).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed record Answer(string[] Models, int[] Input, float[] Box, float[] Embedding);
}
