using System.CommandLine;
using System.Globalization;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using EdgeFace.Gallery;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface gallery threshold PERSON [COSINE|--clear]</c>: what a face must reach to be a person's, instead of what holds for all.</summary>
internal static class GalleryThresholdCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
    {
        var who = new Argument<string>("PERSON") { Description = "Name or id." };
        var cosine = new Argument<double?>("COSINE") { Description = "Cosine from which on a face is theirs, -1 to 1; left out, it is only told.", Arity = ArgumentArity.ZeroOrOne };
        var clear = new Option<bool>("--clear") { Description = "Take it away: what holds for all holds for them." };
        var command = new Command("threshold", "Give a person a threshold of their own, or tell it.") { who, cosine, clear };
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            var wanted = parsed.GetValue(cosine);
            if (wanted is { } value && !(value >= -1 && value <= 1))
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"COSINE must be from -1 to 1, is {value}."));
            if (wanted is not null && parsed.GetValue(clear))
                throw new InputException("Give COSINE or --clear, not both.");
            using var loggers = context.MakeLoggers(common.LevelOf(parsed));
            using var store = GalleryAccess.Open(options, context.Time, loggers);
            var person = Find(store, parsed.GetValue(who)!);
            if (wanted is not null || parsed.GetValue(clear))
            {
                store.SetThreshold(person.Id, (float?)wanted);
                person = Find(store, person.Id.ToString());
            }

            Tell(context, person, parsed.GetValue(common.Json));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Person Find(GalleryStore store, string who)
        => store.FindPerson(who) ?? throw new InputException($"There is nobody called '{who}' in the gallery; see 'edgeface gallery list'.");

    private static void Tell(CommandContext context, Person person, bool json)
    {
        if (json)
            context.WriteJson(new { person.Id, person.Threshold, person.IsOfServer });
        else if (person.Threshold is { } threshold)
            context.Console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"A face is '{person.Name}' from {threshold:0.000} on.");
        else
            context.Console.MarkupLineInterpolated($"'{person.Name}' has no threshold of their own.");
    }
}
