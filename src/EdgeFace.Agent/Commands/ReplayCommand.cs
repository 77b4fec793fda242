using System.CommandLine;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Recording;
using EdgeFace.Agent.Visits;
using EdgeFace.Core;
using EdgeFace.Gallery;
using EdgeFace.Inference;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface replay RECORDING</c>: a recorded visit decided again; the same decisions, or which differ.</summary>
internal static class ReplayCommand
{
    /// <summary>Similarities differ in the last digits between processors; more than this is a difference.</summary>
    private const float Tolerance = 0.002f;

    public static Command Create(CommandContext context, CommonOptions common)
    {
        var recording = new Argument<string>("RECORDING") { Description = $"A recorded visit, *{RecordingFile.Extension}." };
        var command = new Command("replay", "Decide a recorded visit again, with today's models and gallery.") { recording };
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            var recorded = RecordingFile.Read(parsed.GetValue(recording)!);
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            using var models = AgentRuntime.LoadModels(options, loggers);
            CheckPictures(parsed.GetValue(recording)!, recorded, models.Embedder.AlignedSize);
            var steps = Replay(recorded, models.Embedder, GalleryAccess.Search(options, store, models.Embedder.ModelId));
            var notes = Notes(recorded, models, store.Revision);
            var same = steps.TrueForAll(step => step.Same);
            if (parsed.GetValue(common.Json))
                context.WriteJson(new { Recording = parsed.GetValue(recording), recorded.Event.Visit, Same = same, recorded.Truncated, Notes = notes, Steps = steps });
            else
                Print(context, steps, notes, same);
            return same ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static void CheckPictures(string path, VisitRecording recorded, int side)
    {
        for (var i = 0; i < recorded.Pictures.Count; i++)
        {
            var picture = recorded.Pictures[i];
            if (picture.Width != side || picture.Height != side)
                throw new InputException($"{path}: {recorded.Faces[i].Picture} has {picture.Width}x{picture.Height} pixels; an aligned face of this embedder has {side}x{side}.");
        }
    }

    private static List<Step> Replay(VisitRecording recorded, FaceEmbedder embedder, IGallerySearch gallery)
    {
        var decider = new VisitDecider(recorded.Policy);
        var steps = new List<Step>();
        for (var i = 0; i < recorded.Faces.Count; i++)
        {
            var face = recorded.Faces[i];
            decider.Observe(embedder.Embed(recorded.Pictures[i]), face.Quality, gallery);
            var same = decider.Decision == face.Decision && decider.Person?.Id == face.PersonId
                && (decider.Similarity is null) == (face.Similarity is null)
                && Math.Abs((decider.Similarity ?? 0) - (face.Similarity ?? 0)) <= Tolerance;
            steps.Add(new Step(
                i, face.AtMs, Name(face.Decision, face.PersonId), face.Similarity, Name(decider.Decision, decider.Person?.Id), decider.Similarity, same));
        }

        return steps;
    }

    private static List<string> Notes(VisitRecording recorded, FaceModels models, long revision)
    {
        var notes = new List<string>();
        if (recorded.Event.Models.Embedder != models.Embedder.ModelId)
            notes.Add($"recorded with the embedder {recorded.Event.Models.Embedder}, replayed with {models.Embedder.ModelId}");
        if (recorded.Event.Gallery.Revision != revision)
            notes.Add($"recorded with revision {recorded.Event.Gallery.Revision} of the gallery, replayed with {revision}");
        if (recorded.Truncated)
            notes.Add("the visit had more faces than the recording holds");
        return notes;
    }

    private static string Name(Core.Events.VisitDecision decision, Guid? person)
        => decision.ToString().ToLowerInvariant() + (person is { } id ? $" {id}" : "");

    private static void Print(CommandContext context, List<Step> steps, List<string> notes, bool same)
    {
        var table = new Table().AddColumns("Face", "At ms", "Recorded", "Replayed", "Same");
        foreach (var step in steps)
        {
            table.AddRow(
                FormattableString.Invariant($"{step.Face}"), FormattableString.Invariant($"{step.AtMs:0}"), FormattableString.Invariant($"{step.Recorded} {step.RecordedSimilarity:0.000}"),
                FormattableString.Invariant($"{step.Replayed} {step.ReplayedSimilarity:0.000}"), step.Same ? "yes" : "no");
        }

        context.Console.Write(table);
        foreach (var note in notes)
            context.Console.MarkupLineInterpolated($"Note: {note}.");
        context.Console.WriteLine(same ? "The same decisions." : "The decisions differ.");
    }

    private sealed record Step(
        int Face, double AtMs, string Recorded, float? RecordedSimilarity, string Replayed, float? ReplayedSimilarity, bool Same);
}
