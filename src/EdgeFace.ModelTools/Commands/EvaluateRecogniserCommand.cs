using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeFace.Core.IO;
using EdgeFace.Core.Recognition;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Evaluation;

namespace EdgeFace.ModelTools.Commands;

/// <summary><c>edgeface-models evaluate recogniser --data DIR [--models DIR] [--detector NAME] [--detector-input WxH] [--embedder NAME] [--limit N] [--identification] [--threads N] [--json]</c></summary>
internal static class EvaluateRecogniserCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder with pairs.txt and images/ in LFW's form.", Required = true };
        var detector = new Option<string>("--detector") { Description = "Folder of the detector among the models.", DefaultValueFactory = _ => new ModelOptions().Detector, HelpName = "NAME" };
        var detectorInput = new Option<string?>("--detector-input") { Description = "Input of the detector, as in 416x320; its own by default.", HelpName = "WxH" };
        var embedder = new Option<string>("--embedder") { Description = "Folder of the embedder among the models.", DefaultValueFactory = _ => new ModelOptions().Embedder, HelpName = "NAME" };
        var identification = new Option<bool>("--identification") { Description = "Also who is named when people have several templates, by several rules; half a minute more." };
        var modelsFolder = new Option<string?>("--models") { Description = "Folder of the models; those beside the program by default." };
        var limit = NumberOption.Create("--limit", "Take only so many pairs of each kind from each fold: a quick look, not comparable.", 1, int.MaxValue);
        var calibration = new Option<string?>("--calibration") { Description = $"Write what thresholds cost to FILE; as {ScoreCalibration.FileName} in the embedder's folder, the agent uses it. No face is in it.", HelpName = "FILE" };
        var vectors = new Option<string?>("--vectors") { Description = "Write the pictures' vectors to FILE (.npy, float32), for 'edgeface bench search --vectors'. Biometric data.", HelpName = "FILE" };
        var threads = NumberOption.Threads();
        var json = CommonOptions.Json();
        var command = new Command("recogniser", "Verification accuracy by LFW's protocol: detector, landmarks, alignment and embedder together.")
        {
            data, modelsFolder, detector, detectorInput, embedder, limit, calibration, vectors, identification, threads, json,
        };
        command.SetAction(parsed =>
        {
            using var models = FaceModels.Load(new ModelOptions
            {
                Folder = parsed.GetValue(modelsFolder) ?? FaceModels.DefaultFolder,
                Detector = parsed.GetValue(detector)!,
                DetectorInput = parsed.GetValue(detectorInput),
                Embedder = parsed.GetValue(embedder)!,
                Threads = parsed.GetValue(threads) ?? InferenceOptions.MinThreads,
            });
            var evaluation = new RecogniserEvaluation(models, TimeProvider.System);
            IReadOnlyList<(string Person, float[] Vector)> faces = [];
            var report = ProgressBar.Show(
                parsed.InvocationConfiguration.Error,
                "pictures",
                progress => evaluation.Run(parsed.GetRequiredValue(data), parsed.GetValue(limit), progress, out faces));
            if (parsed.GetValue(vectors) is { } file)
                DurableFile.Write(file, stream => VectorFile.Write(stream, faces), DurableFile.OwnerOnly);
            if (parsed.GetValue(calibration) is { } target)
            {
                var (impostors, genuine) = AllPairs.Cosines(faces);
                var made = CalibrationFit.Of(models.Embedder.ModelId, $"LFW, {faces.Count} pictures of {faces.Select(face => face.Person).Distinct().Count()} people, all pairs", impostors, genuine);
                DurableFile.Write(target, stream => stream.Write(made.Write()));
            }

            if (parsed.GetValue(identification))
                report = report with { Identification = Identify(parsed, faces, models.Embedder.DefaultThreshold) };
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.RecogniserReport));
            else
                Print(report, output);
            return ExitCode.Success;
        });
        return command;
    }

    private static IReadOnlyList<IdentificationRow> Identify(ParseResult parsed, IReadOnlyList<(string Person, float[] Vector)> faces, double threshold)
        => ProgressBar.Show(parsed.InvocationConfiguration.Error, "galleries", progress => Identification.Run(faces, threshold, progress));

    private static void Print(IReadOnlyList<IdentificationRow> rows, TextWriter output)
    {
        var text = CultureInfo.InvariantCulture;
        output.WriteLine($"identification over {Identification.Rounds} rounds; FNIR where 1 stranger in 100, and in 300, is named; FPIR and FNIR at the embedder's own threshold");
        foreach (var row in rows)
        {
            output.WriteLine(string.Create(
                text,
                $"  {row.Half,-4} {row.Templates,3} templates  {row.Rule,-18} {100 * row.Fnir,6:0.00} % at {row.Threshold:0.000}  {100 * row.FnirRare,6:0.00} %  |  {100 * row.FpirAtDefault,6:0.00} %  {100 * row.FnirAtDefault,6:0.00} %  ({row.Enrolled} people, {row.Probes} probes, {row.Strangers} strangers)"));
        }
    }

    private static void Print(RecogniserReport report, TextWriter output)
    {
        var text = CultureInfo.InvariantCulture;
        output.WriteLine(report.Protocol);
        output.WriteLine($"models     {string.Join(", ", report.Models)}");
        output.WriteLine($"machine    {report.Machine}");
        output.WriteLine(string.Create(text, $"pictures   {report.Pictures}, no face in {report.PicturesWithoutFace}; {report.MillisecondsPerPicture:0.0} ms each"));
        output.WriteLine(string.Create(text, $"accuracy   {report.Accuracy * 100:0.00} +- {report.AccuracyDeviation * 100:0.00} % over {report.Pairs} pairs ({report.PairsWithoutFace} without a face)"));
        foreach (var fold in report.Folds)
            output.WriteLine(string.Create(text, $"  fold {fold.Fold}   {fold.Accuracy * 100:0.00} % at cosine {fold.Threshold:0.000}"));
        output.WriteLine(string.Create(text, $"all pairs  {report.GenuinePairs} genuine, {report.ImpostorPairs} impostor"));
        foreach (var point in report.OperatingPoints)
            output.WriteLine(string.Create(text, $"  FAR {point.FalseAcceptRate:0e+0}  TAR {point.TrueAcceptRate * 100:0.00} % at cosine {point.Threshold:0.0000}"));
        if (report.Identification is { } rows)
            Print(rows, output);
    }
}
