using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using EdgeFace.Core.Security;
using EdgeFace.Devices;
using EdgeFace.Gallery;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Diagnosis;

/// <summary>Looks at everything that the agent needs, and says what to do about what is not there.</summary>
internal sealed class Doctor(AgentOptions options, TimeProvider time)
{
    /// <summary>Less free space than this is a warning: the outbox and the log need room.</summary>
    public const long LeastFreeBytes = 500L << 20;

    public IReadOnlyList<CheckResult> Run() =>
    [
        CheckRuntime(),
        .. LibraryChecks.Run(),
        .. ModelChecks.Run(options),
        .. CheckGallery(),
        .. GalleryServerCheck.Run(options, time),
        CheckDisk(),
        CheckClock(),
        .. CameraChecks.Run(options, time),
        .. BrokerCheck.Run(options, time),
    ];

    private static CheckResult CheckRuntime()
    {
        var cpu = new SystemInfo().ReadCpu();
        return CheckResult.Ok("runtime", $"edgeface {AgentVersion.Full}, .NET {Environment.Version}, {cpu.Model}, {Environment.ProcessorCount} cores, {cpu.Features}");
    }

    private IReadOnlyList<CheckResult> CheckGallery()
    {
        try
        {
            using var store = GalleryAccess.Open(options, time, NullLoggerFactory.Instance);
            var people = store.List();
            return
            [
                people.Count > 0
                    ? CheckResult.Ok("gallery", $"{people.Count} people, revision {store.Revision}")
                    : CheckResult.Warning("gallery", "nobody is enrolled", "add people with 'edgeface enroll NAME PICTURE...'"),
                CheckKey(store.KeyStatus()),
            ];
        }
        catch (InputException exception)
        {
            return [CheckResult.Failed("gallery", exception.Message, "check data_folder, gallery.key_file and who owns them")];
        }
    }

    private CheckResult CheckKey(GalleryKeyStatus status)
    {
        var detail = $"key {KeyInfo.Format(status.KeyId)} in {status.KeyFile}";
        if (status.RotationPending)
            return CheckResult.Warning("gallery key", $"{detail}; a rotation is unfinished", "run 'edgeface gallery key rotate' again");
        return CheckResult.Ok("gallery key", GalleryAccess.IsBesideGallery(options) ? $"{detail}, beside the gallery: no protection when the whole disk is copied" : detail);
    }

    private CheckResult CheckDisk()
    {
        try
        {
            var free = SystemInfo.FreeDisk(options.DataFolder);
            var detail = $"{free >> 20} MB free in {options.DataFolder}";
            return free >= LeastFreeBytes ? CheckResult.Ok("disk", detail) : CheckResult.Warning("disk", detail, "make room: events are kept on disk while the broker is away");
        }
        catch (IOException exception)
        {
            return CheckResult.Failed("disk", exception.Message, "check data_folder");
        }
    }

    private CheckResult CheckClock()
    {
        var now = time.GetUtcNow();
        if (now.Year < 2026)
            return CheckResult.Failed("clock", $"{now:yyyy-MM-dd HH:mm} UTC lies before this version was made", "set the clock or start a time service: events carry it");
        return new SystemInfo().IsClockSynchronized()
            ? CheckResult.Ok("clock", $"{now:yyyy-MM-dd HH:mm} UTC, synchronised")
            : CheckResult.Warning("clock", $"{now:yyyy-MM-dd HH:mm} UTC, not synchronised", "start a time service, such as systemd-timesyncd or chrony");
    }
}
