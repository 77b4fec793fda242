using System.CommandLine;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Enrollment;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using EdgeFace.Gallery;
using EdgeFace.Inference;
using EdgeFace.Vision.Pictures;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface enroll NAME PICTURE...</c>: all pictures or none, unless told to skip the bad ones.</summary>
internal static class EnrollCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the person; an existing person gets further templates." };
        var pictures = new Argument<string[]>("PICTURE") { Description = "JPEG or PNG pictures, one face each.", Arity = ArgumentArity.OneOrMore };
        var largest = new Option<bool>("--largest") { Description = "Where several faces are seen, take the largest." };
        var skip = new Option<bool>("--skip-bad") { Description = "Enrol from the good pictures even if some are refused." };
        var command = new Command("enroll", "Add a person to the gallery from pictures.") { name, pictures, largest, skip };
        common.AddTo(command);
        command.SetAction(parsed => Enroll(
            context, common.Load(parsed), common.LevelOf(parsed), parsed.GetValue(name)!, parsed.GetValue(pictures)!, parsed.GetValue(largest),
            parsed.GetValue(skip), parsed.GetValue(common.Json)));
        return command;
    }

    private static int Enroll(
        CommandContext context, AgentOptions options, LogLevel level, string name, string[] pictures, bool largest, bool skip, bool json)
    {
        using var loggers = context.MakeLoggers(level);
        using var store = GalleryAccess.Open(options, context.Time, loggers);
        using var models = AgentRuntime.LoadModels(options, loggers);
        var check = new EnrollmentCheck(new FaceAnalyzer(models), options.Enrollment);
        var verdicts = new List<EnrollmentVerdict>();
        context.WithProgress("Pictures", pictures.Length, step =>
        {
            foreach (var picture in pictures)
            {
                verdicts.Add(Check(check, picture, largest));
                step();
            }
        });

        var good = verdicts.FindAll(verdict => verdict.Accepted);
        var enrolled = good.Count > 0 && (skip || good.Count == verdicts.Count);
        var search = GalleryAccess.Search(options, store, models.Embedder.ModelId);
        var resembles = Resemblance.Find(search, AgentRuntime.PolicyOf(options.Recognition, models.Embedder), name, good);
        Person? person = null;
        if (enrolled)
        {
            person = store.Enroll(name, good.ConvertAll(verdict => new NewTemplate(
                verdict.Face!.Embedding!, verdict.Face.Quality.Total, Sigma: null, Path.GetFileName(verdict.Picture))));
        }

        if (json)
            context.WriteJson(Result(name, person, verdicts, resembles));
        else
            Print(context, name, person, verdicts, resembles);
        return enrolled ? ExitCode.Ok : ExitCode.BadInput;
    }

    private static EnrollmentVerdict Check(EnrollmentCheck check, string picture, bool largest)
    {
        try
        {
            var verdict = check.Check(picture, PictureReader.Read(picture), largest);
            return verdict.Fault == EnrollmentFault.SeveralFaces ? verdict with { Refusal = $"{verdict.Refusal}, or take the largest with --largest" } : verdict;
        }
        catch (InputException exception)
        {
            return new EnrollmentVerdict(picture, null, null, exception.Message);
        }
    }

    private static object Result(string name, Person? person, List<EnrollmentVerdict> verdicts, Match? resembles) => new
    {
        Name = name,
        Enrolled = person is not null,
        PersonId = person?.Id,
        Resembles = resembles is { } match ? new { match.Person.Id, match.Person.Name, match.Similarity } : null,
        Pictures = verdicts.Select(verdict => new
        {
            verdict.Picture,
            verdict.Accepted,
            verdict.Refusal,
            Quality = verdict.Face?.Quality.Total,
            Sharpness = verdict.Face?.Quality.Sharpness,
        }),
    };

    private static void Print(CommandContext context, string name, Person? person, List<EnrollmentVerdict> verdicts, Match? resembles)
    {
        foreach (var verdict in verdicts)
        {
            if (verdict.Refusal is { } refusal)
                context.Error.WriteLine(refusal.StartsWith(verdict.Picture, StringComparison.Ordinal) ? $"edgeface: {refusal}" : $"edgeface: {verdict.Picture}: {refusal}.");
            else
                context.Console.MarkupLineInterpolated($"{verdict.Picture}: accepted, quality {verdict.Face!.Quality.Total:0.00}");
        }

        if (resembles is { } match)
            context.Error.WriteLine(FormattableString.Invariant($"edgeface: warning: the faces resemble '{match.Person.Name}' ({match.Similarity:0.00}); is it the same person?"));
        if (person is not null)
            context.Console.MarkupLineInterpolated($"'{person.Name}' is enrolled with {verdicts.Count(verdict => verdict.Accepted)} new templates.");
        else
            context.Error.WriteLine($"edgeface: '{name}' was not enrolled: every picture must be accepted (or use --skip-bad).");
    }
}
