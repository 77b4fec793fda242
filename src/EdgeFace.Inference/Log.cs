using Microsoft.Extensions.Logging;

namespace EdgeFace.Inference;

internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "ONNX Runtime {Version}, {Threads} threads a run")]
    public static partial void RuntimeLoaded(ILogger logger, string version, int threads);

    [LoggerMessage(2001, LogLevel.Information, "Model {Id} from {Folder}")]
    public static partial void ModelLoaded(ILogger logger, string id, string folder);
}
