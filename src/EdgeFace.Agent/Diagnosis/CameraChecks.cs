using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Sources;
using EdgeFace.Core.Imaging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Diagnosis;

/// <summary>Reads one frame of every camera.</summary>
internal static class CameraChecks
{
    public static IEnumerable<CheckResult> Run(AgentOptions options, TimeProvider time)
    {
        if (options.Cameras.Count == 0)
            return [CheckResult.Warning("camera", "none is configured", "add one under 'cameras' in the configuration")];
        return options.Cameras.Where(camera => camera.Enabled).Select(camera => Check(camera, options.Tracking, time)).ToList();
    }

    private static CheckResult Check(CameraOptions camera, TrackingOptions tracking, TimeProvider time)
    {
        var name = $"camera {camera.Name}";
        try
        {
            using var source = SourceFactory.Open(camera, tracking, time, NullLoggerFactory.Instance);
            var frame = source.Read();
            if (frame is null)
                return CheckResult.Failed(name, $"{source.Description} holds no frame", "name another source");
            var result = CheckResult.Ok(name, $"{source.Description}, {frame.Width}x{frame.Height}");
            frame.Release();
            return result;
        }
        catch (FrameSourceException exception)
        {
            return CheckResult.Failed(name, exception.Message, "check the source of this camera");
        }
    }
}
