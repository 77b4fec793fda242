using System.CommandLine;
using System.Globalization;
using System.Text;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface gallery list|remove|threshold|export|advise|key|snapshot|sync</c>.</summary>
internal static class GalleryCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
        => new("gallery", "List, remove or export the people of the gallery; their thresholds; its key, snapshot and server.")
        {
            List(context, common),
            Remove(context, common),
            GalleryThresholdCommand.Create(context, common),
            Export(context, common),
            GalleryAdviseCommand.Create(context, common),
            GalleryKeyCommand.Create(context, common),
            GallerySnapshotCommand.Create(context, common),
            GallerySyncCommand.Create(context, common),
        };

    private static Command List(CommandContext context, CommonOptions common)
    {
        var command = new Command("list", "List the people.");
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            var people = store.List();
            if (parsed.GetValue(common.Json))
            {
                context.WriteJson(new
                {
                    store.Revision,
                    People = people.Select(summary => new { summary.Person.Id, summary.Person.Name, summary.Person.CreatedAt, summary.Templates, summary.LastTemplateAt, summary.Person.Threshold, summary.Person.IsOfServer }),
                });
                return ExitCode.Ok;
            }

            var table = new Table().AddColumns("Name", "Id", "Templates", "Threshold", "Since");
            foreach (var (person, templates, _) in people)
            {
                table.AddRow(
                    Markup.Escape(person.Name), person.Id.ToString(), templates.ToString(CultureInfo.InvariantCulture),
                    person.Threshold?.ToString("0.000", CultureInfo.InvariantCulture) ?? "", person.CreatedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
            }

            context.Console.Write(table);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Remove(CommandContext context, CommonOptions common)
    {
        var who = new Argument<string>("PERSON") { Description = "Name or id." };
        var command = new Command("remove", "Remove a person with all templates; nothing of them stays in the file.") { who };
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            var person = store.FindPerson(parsed.GetValue(who)!)
                ?? throw new InputException($"There is nobody called '{parsed.GetValue(who)}' in the gallery; see 'edgeface gallery list'.");
            store.RemovePerson(person.Id);
            if (parsed.GetValue(common.Json))
                context.WriteJson(new { Removed = person.Id, store.Revision });
            else
                context.Console.MarkupLineInterpolated($"'{person.Name}' is removed.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Export(CommandContext context, CommonOptions common)
    {
        var vectors = new Option<bool>("--include-vectors") { Description = "Include the templates themselves: biometric data, handle with care." };
        var output = new Option<string?>("--output", "-o") { Description = "File to write, readable by you alone (default: standard output).", HelpName = "FILE" };
        var command = new Command("export", "Export people and templates as JSON.") { vectors, output };
        common.AddTo(command, json: false);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            var document = store.Export(parsed.GetValue(vectors));
            if (parsed.GetValue(output) is not { } file)
            {
                using var text = new MemoryStream();
                document.WriteTo(text);
                context.Out.Write(Encoding.UTF8.GetString(text.ToArray()));
                return ExitCode.Ok;
            }

            PrivateFile.Write(file, document.WriteTo);
            context.Console.MarkupLineInterpolated($"{file}: {document.People.Count} people.");
            return ExitCode.Ok;
        });
        return command;
    }
}
