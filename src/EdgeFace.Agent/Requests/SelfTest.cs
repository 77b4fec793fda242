using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Diagnosis;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Pipeline;
using EdgeFace.Agent.Publishing;
using EdgeFace.Core;
using EdgeFace.Devices;
using EdgeFace.Messaging;

namespace EdgeFace.Agent.Requests;

/// <summary>Whether a running device does what it should: models, cameras, outbox, disk, gallery. Takes some seconds.</summary>
internal sealed class SelfTest(AgentRuntime runtime, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan CameraPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Expiry = TimeSpan.FromMinutes(1);

    private AgentOptions Options => runtime.LiveOptions;

    public JsonNode Run()
    {
        CheckResult[] checks = [CheckModels(), .. runtime.Pipelines.Select(CheckCamera), CheckOutbox(), CheckDisk(), CheckGallery(), CheckStages()];
        return JsonSerializer.SerializeToNode(
            new { Passed = Array.TrueForAll(checks, check => check.Status != CheckStatus.Failed), Checks = checks }, SettingsReader.JsonOptions)!;
    }

    private CheckResult CheckModels()
    {
        try
        {
            using var models = AgentRuntime.LoadModels(Options with { Recognition = new RecognitionOptions() }, loggers);
            return KnownAnswer.Check(models);
        }
        catch (InputException exception)
        {
            return CheckResult.Failed("models", exception.Message, "install the models folder of this version again");
        }
    }

    private CheckResult CheckCamera(CameraPipeline pipeline)
    {
        var name = $"camera {pipeline.Camera}";
        if (pipeline.Grab.Take(CameraPatience, time) is not { } frame)
            return CheckResult.Failed(name, $"no frame was looked at within {CameraPatience.TotalSeconds:0} s", "check the source of this camera");
        var detail = $"{frame.Width}x{frame.Height}, {pipeline.Frames} frames looked at";
        frame.Release();
        return CheckResult.Ok(name, detail);
    }

    // A real message all the way onto the disk: a file that can only be opened would pass for one that can be written.
    private CheckResult CheckOutbox()
    {
        const string Advice = "check the space and the rights of the data folder";
        if (runtime.Outbox is not { } outbox)
            return CheckResult.Warning("outbox", "mqtt.enabled is false", "set it to true to publish events");
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString();
        var payload = JsonSerializer.SerializeToUtf8Bytes(new { id, time = now.UtcDateTime });
        var begun = time.GetTimestamp();
        try
        {
            var kept = outbox.Append(new OutboxMessage(
                id, DeviceTopics.SelfTest(Options), payload, MessagePriority.Picture, RequestNames.SelfTest, now, Expiry));
            var took = time.GetElapsedTime(begun).TotalMilliseconds;
            return kept
                ? CheckResult.Ok("outbox", FormattableString.Invariant($"written to disk in {took:0.#} ms; {runtime.Waiting} events wait"))
                : CheckResult.Failed("outbox", "it is full", "see why the broker takes nothing, or raise mqtt.outbox");
        }
        catch (OutboxException exception)
        {
            return CheckResult.Failed("outbox", exception.Message, Advice);
        }
    }

    private CheckResult CheckDisk()
    {
        try
        {
            var free = SystemInfo.FreeDisk(Options.DataFolder);
            return free >= Doctor.LeastFreeBytes
                ? CheckResult.Ok("disk", $"{free >> 20} MB free")
                : CheckResult.Warning("disk", $"{free >> 20} MB free", "make room: events are kept on disk while the broker is away");
        }
        catch (IOException exception)
        {
            return CheckResult.Failed("disk", exception.Message, "check data_folder");
        }
    }

    // Read anew from the file, every vector of it, and compared with what faces are compared with.
    private CheckResult CheckGallery()
    {
        try
        {
            var search = runtime.Gallery;
            var snapshot = runtime.Store.Snapshot(search.ModelId);
            var (people, templates) = (snapshot.People.Length, snapshot.Templates);
            if (snapshot.Revision == search.Revision && (people, templates) != (search.People, search.Templates))
                return CheckResult.Failed("gallery", $"the file holds {people} people and {templates} templates, the search {search.People} and {search.Templates}", "restart the agent");
            return CheckResult.Ok("gallery", $"revision {snapshot.Revision}, {people} people, {templates} templates");
        }
        catch (InputException exception)
        {
            return CheckResult.Failed("gallery", exception.Message, "restore a backup of the gallery");
        }
    }

    private CheckResult CheckStages() => runtime.FindHung(AgentService.LeastPatience) is { } hung
        ? CheckResult.Failed("stages", $"{hung} does not get on", "restart the agent")
        : CheckResult.Ok("stages", "all get on");
}
