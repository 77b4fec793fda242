using System.Diagnostics;
using EdgeFace.Gallery;
using EdgeFace.Inference;
using EdgeFace.Messaging;
using EdgeFace.Vision;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Diagnosis;

/// <summary>The native libraries and programs, with their versions.</summary>
internal static class LibraryChecks
{
    public static IEnumerable<CheckResult> Run() =>
    [
        Library("onnxruntime", () => InferenceRuntime.Version, "install this version of EdgeFace again: the library comes with it"),
        Library("libturbojpeg", () => PictureLibraries.JpegVersion, "apt-get install libturbojpeg0"),
        Library("libpng", () => PictureLibraries.PngVersion, "apt-get install libpng16-16"),
        Library("libmosquitto", () => MqttSession.LibraryVersion.ToString(), "apt-get install libmosquitto1"),
        Ffmpeg(),
        CheckResult.Ok("kernels", $"colour conversion {ColorConverter.Kernel}; search {SearchKernels.Name}"),
    ];

    private static CheckResult Library(string name, Func<string> version, string advice)
    {
        try
        {
            return CheckResult.Ok(name, version());
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or Core.InputException)
        {
            return CheckResult.Failed(name, exception.Message.Split('\n')[0], advice);
        }
    }

    private static CheckResult Ffmpeg()
    {
        const string Advice = "apt-get install --no-install-recommends ffmpeg";
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ffmpeg", "-hide_banner -version") { RedirectStandardOutput = true, RedirectStandardError = true });
            var line = process!.StandardOutput.ReadLine();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return line is null ? CheckResult.Failed("ffmpeg", "it says nothing of its version", Advice) : CheckResult.Ok("ffmpeg", line);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return CheckResult.Failed("ffmpeg", "not found in PATH", Advice);
        }
    }
}
