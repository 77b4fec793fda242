using System.CommandLine;
using System.IO.Compression;
using System.Text.Json;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Diagnosis;
using EdgeFace.Agent.Hosting;
using Spectre.Console;

namespace EdgeFace.Agent.Commands;

/// <summary><c>edgeface support-bundle</c>: what support needs, without secrets, names, faces or templates.</summary>
internal static class SupportBundleCommand
{
    public static Command Create(CommandContext context, CommonOptions common)
    {
        var output = new Option<string?>("--output", "-o") { Description = "File to write (default: edgeface-support-TIME.zip here).", HelpName = "FILE" };
        var command = new Command("support-bundle", "Pack logs, versions, configuration and metrics for support; secrets and biometrics stay out.") { output };
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = common.Load(parsed);
            var file = parsed.GetValue(output) ?? $"edgeface-support-{context.Time.GetUtcNow():yyyyMMdd-HHmmss}.zip";
            var entries = Collect(context, options);
            PrivateFile.Write(file, stream => Pack(stream, entries));
            if (parsed.GetValue(common.Json))
                context.WriteJson(new { File = file, Entries = entries.Keys });
            else
                context.Console.MarkupLineInterpolated($"{file}: {string.Join(", ", entries.Keys)}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Dictionary<string, string> Collect(CommandContext context, AgentOptions options)
    {
        var entries = new Dictionary<string, string>
        {
            ["version.json"] = Json(new { AgentVersion.Version, AgentVersion.Commit, Runtime = Environment.Version.ToString(), Os = System.Runtime.InteropServices.RuntimeInformation.OSDescription }),
            ["configuration.json"] = Json(Redaction.Redact(options)),
            ["doctor.json"] = Json(new Doctor(options, context.Time).Run()),
        };
        if (File.Exists(DataFolders.Metrics(options)))
            entries["metrics.json"] = File.ReadAllText(DataFolders.Metrics(options));
        if (Directory.Exists(DataFolders.Logs(options)))
        {
            foreach (var log in Directory.EnumerateFiles(DataFolders.Logs(options), "edgeface.log*").Order(StringComparer.Ordinal))
                entries["log/" + Path.GetFileName(log)] = ReadShared(log);
        }

        return entries;
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private static string Json(object value) => JsonSerializer.Serialize(value, SettingsReader.JsonOptions);

    private static void Pack(Stream stream, Dictionary<string, string> entries)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, text) in entries)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write(Redaction.RedactAddress(text));
        }
    }
}
