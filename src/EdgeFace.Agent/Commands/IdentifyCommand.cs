using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Enrollment;
using EdgeFace.Agent.Hosting;
using EdgeFace.Vision.Pictures;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface identify PICTURE</c>: who is in a picture.</summary>
internal static class IdentifyCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
    {
        var picture = new Argument<string>("PICTURE") { Description = "JPEG or PNG picture." };
        var command = new Command("identify", "Say who is in a picture.") { picture };
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            var result = Identify(context, options, parsed.GetValue(picture)!, loggers);
            if (parsed.GetValue(common.Json))
                context.WriteJson(result);
            else
                Print(context, result);
            return ExitCode.Ok;
        });
        return command;
    }

    private static PictureIdentity Identify(CommandContext context, AgentOptions options, string path, ILoggerFactory loggers)
    {
        var picture = PictureReader.Read(path);
        using var store = GalleryAccess.Open(options, context.Time, loggers);
        using var models = AgentRuntime.LoadModels(options, loggers);
        var search = GalleryAccess.Search(options, store, models.Embedder.ModelId);
        return PictureIdentity.Of(path, picture, models, search, AgentRuntime.PolicyOf(options.Recognition, models.Embedder));
    }

    private static void Print(CommandContext context, PictureIdentity result)
    {
        var table = new Table().AddColumns("Decision", "Person", "Similarity", "Threshold", "Quality", "Box");
        foreach (var face in result.Faces)
        {
            table.AddRow(
                face.Decision, Markup.Escape(face.Name ?? "-"), face.Similarity?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-",
                face.Threshold?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-", face.Quality.ToString("0.00", CultureInfo.InvariantCulture), face.Box.ToString());
        }

        context.Console.Write(table);
        context.Console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"{result.Faces.Count} faces; threshold {result.Threshold:0.000}, {result.People} people in the gallery.");
    }
}
