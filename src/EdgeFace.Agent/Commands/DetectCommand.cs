using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Publishing;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.Vision.Drawing;
using EdgeFace.Vision.Pictures;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface detect PICTURE</c>: where the faces are, and how good.</summary>
internal static class DetectCommand
{
    private static readonly Rgb Green = new(40, 200, 80);
    private static readonly Rgb Yellow = new(250, 220, 60);

    public static Command Create(CommandContext context, CommonOptions common)
    {
        var picture = new Argument<string>("PICTURE") { Description = "JPEG or PNG picture." };
        var draw = new Option<string?>("--draw") { Description = "Write the picture with boxes and landmarks to this JPEG file.", HelpName = "OUT.jpg" };
        var command = new Command("detect", "Find the faces in a picture.") { picture, draw };
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            var path = parsed.GetValue(picture)!;
            var frame = PictureReader.Read(path);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var models = AgentRuntime.LoadModels(options, loggers);
            var faces = new FaceAnalyzer(models).Analyze(frame);
            if (parsed.GetValue(draw) is { } file)
                Draw(frame, faces, file);
            if (parsed.GetValue(common.Json))
                context.WriteJson(Result(path, frame, faces));
            else
                Print(context, faces);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Draw(Frame frame, IReadOnlyList<AnalyzedFace> faces, string file)
    {
        var radius = Math.Max(1, frame.Width / 400);
        foreach (var face in faces)
        {
            Snapshot.Annotate(frame, face.Detection.Box, face.Detection.Score.ToString("0.00", CultureInfo.InvariantCulture), Green);
            foreach (var point in Points(face))
                Painter.Dot(frame, point, Yellow, radius);
        }

        JpegWriter.Write(frame, file);
    }

    private static object Result(string path, Frame frame, IReadOnlyList<AnalyzedFace> faces) => new
    {
        Picture = path,
        frame.Width,
        frame.Height,
        Faces = faces.Select(face => new
        {
            face.Detection.Score,
            Box = FaceJson.Of(face.Detection.Box),
            Landmarks = Points(face).Select(point => new[] { MathF.Round(point.X, 1), MathF.Round(point.Y, 1) }),
            Quality = new { face.Quality.Total, face.Quality.Size, face.Quality.Sharpness, face.Quality.Exposure, face.Quality.Pose, face.Quality.InFrame },
        }),
    };

    private static System.Numerics.Vector2[] Points(AnalyzedFace face)
    {
        var points = new System.Numerics.Vector2[Core.Faces.Landmarks5.Count];
        face.Landmarks.CopyTo(points);
        return points;
    }

    private static void Print(CommandContext context, IReadOnlyList<AnalyzedFace> faces)
    {
        var table = new Table().AddColumns("Score", "Box", "Quality", "Sharpness", "Pose");
        foreach (var face in faces)
        {
            table.AddRow(
                Format(face.Detection.Score), FaceJson.Of(face.Detection.Box).ToString(), Format(face.Quality.Total), Format(face.Quality.Sharpness),
                Format(face.Quality.Pose));
        }

        context.Console.Write(table);
    }

    private static string Format(float value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
