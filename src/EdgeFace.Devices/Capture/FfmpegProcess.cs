using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using EdgeFace.Core.Imaging;
using EdgeFace.Devices.Native;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Devices;

/// <summary>One running ffmpeg with its three pipes.</summary>
internal sealed class FfmpegProcess : IDisposable
{
    private static readonly TimeSpan GraceToEnd = TimeSpan.FromSeconds(1);

    private readonly Process _process;

    private FfmpegProcess(Process process, CaptureInput input, TimeProvider time, ILogger log)
    {
        _process = process;
        Pictures = new WakeableReader(HandleOf(process.StandardOutput.BaseStream), time);
        Messages = new FfmpegMessages(process.StandardError.BaseStream, input, log);
    }

    /// <summary>The child's standard output.</summary>
    public WakeableReader Pictures { get; }

    public FfmpegMessages Messages { get; }

    public int Id => _process.Id;

    /// <exception cref="FrameSourceException">ffmpeg is not installed or cannot be run.</exception>
    public static FfmpegProcess Start(FfmpegSourceOptions options, CaptureInput input, TimeProvider time, ILogger log)
    {
        var executable = ChildSpawner.Find(options.FfmpegPath) ?? throw new FrameSourceException(
            $"{input.Description}: the program {options.FfmpegPath} is not there; install it: apt-get install ffmpeg");
        var arguments = FfmpegArguments.Build(options, input);
        Process process;
        try
        {
            process = ChildSpawner.Start(executable, arguments);
        }
        catch (Win32Exception failure)
        {
            throw new FrameSourceException($"{input.Description}: {executable} cannot be run: {failure.Message}", failure);
        }

        Log.FfmpegStarted(log, process.Id, string.Join(' ', arguments));
        var child = new FfmpegProcess(process, input, time, log);
        child.FeedInput(FfmpegArguments.StandardInput(options, input));
        return child;
    }

    /// <summary>After the end of its output: waits for the child itself, and for its last words.</summary>
    /// <returns>The exit code, or null when it had to be killed.</returns>
    public int? WaitForEnd()
    {
        var ended = _process.WaitForExit(GraceToEnd);
        if (!ended)
            Kill();
        Messages.Finish(GraceToEnd);
        return ended ? _process.ExitCode : null;
    }

    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(GraceToEnd);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended meanwhile.
        }
    }

    public void Dispose()
    {
        // First a polite request: over UDP a camera would hold the session, and count a viewer, until its own timeout.
        Pictures.Dispose();
        if (!_process.HasExited && (Libc.Signal(_process.Id, Libc.Terminate) != 0 || !_process.WaitForExit(GraceToEnd)))
            Kill();
        Messages.Finish(GraceToEnd);
        _process.Dispose();
    }

    private static SafeHandle HandleOf(Stream stream) => stream switch
    {
        PipeStream pipe => pipe.SafePipeHandle,
        FileStream file => file.SafeFileHandle,
        _ => throw new NotSupportedException($"A child's output is a {stream.GetType().Name} here: no pipe to read from."),
    };

    private void FeedInput(string text)
    {
        try
        {
            // A few hundred bytes at most: they fit into the pipe, so this never waits.
            using var input = _process.StandardInput.BaseStream;
            input.Write(Encoding.UTF8.GetBytes(text));
        }
        catch (IOException)
        {
            // The child is gone already; its exit code and last words say why.
        }
    }
}
