using System.Diagnostics;

namespace EdgeFace.TestKit.Capture;

/// <summary>Runs the ffmpeg of this machine to make pictures of known content.</summary>
public static class FfmpegTool
{
    /// <summary>Starts ffmpeg quietly; the caller ends it.</summary>
    public static Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("ffmpeg", ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y", .. arguments])
        {
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("ffmpeg did not start.");
    }

    /// <summary>Runs ffmpeg to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it said.</exception>
    public static void Run(params IEnumerable<string> arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"ffmpeg ended with {process.ExitCode}: {errors}");
    }
}
