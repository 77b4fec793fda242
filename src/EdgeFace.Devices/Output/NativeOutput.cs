using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using EdgeFace.Devices.Native;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace EdgeFace.Devices;

/// <summary>
/// Keeps the program's standard output to itself: file descriptors 1 and 2 become a pipe, so that what native libraries or
/// children print is logged (Debug, category <see cref="Category"/>) instead of getting between the lines of a JSON document.
/// <see cref="Console.Out"/> and <see cref="Console.Error"/> write to the original descriptors.
/// </summary>
/// <remarks>
/// Call <see cref="Capture"/> first thing in Main, before log providers are made: one that opened descriptor 1 or 2 itself
/// would feed the pipe it logs. An unhandled exception gives descriptor 2 back before the runtime reports it. Not saved is
/// the report of Environment.FailFast or a native crash: it goes into the pipe of a process that is no more.
/// </remarks>
public sealed class NativeOutput : IDisposable
{
    public const string Category = "native";

    /// <summary>Lines kept for <see cref="ForwardTo"/>; older ones are lost.</summary>
    public const int KeptLines = 200;

    private const int LineBuffered = 1; // _IOLBF

    private readonly SafeFileHandle _savedOut;
    private readonly SafeFileHandle _savedError;
    private readonly TextWriter _consoleOut = Console.Out;
    private readonly TextWriter _consoleError = Console.Error;
    private readonly WakeableReader _reader;
    private readonly Thread _thread;
    private readonly LineRing _early = new(KeptLines);
    private readonly Lock _forwarding = new();
    private ILogger? _log;
    private int _restored;

    private NativeOutput()
    {
        _savedOut = Save(1);
        _savedError = Save(2);
        OutIsTerminal = Libc.IsTerminal(Descriptor(_savedOut)) == 1;
        ErrorIsTerminal = Libc.IsTerminal(Descriptor(_savedError)) == 1;
        Out = Writer(_savedOut);
        Error = Writer(_savedError);
        _reader = new WakeableReader(RedirectToPipe(), TimeProvider.System);
        _thread = new Thread(Run) { IsBackground = true, Name = "native output" };
        _thread.Start();
        Console.SetOut(Out);
        Console.SetError(Error);
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
    }

    /// <summary>The program's real standard output, UTF-8, flushed after each write.</summary>
    public TextWriter Out { get; }

    /// <summary>The program's real standard error.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether the real standard output is a terminal; Console.IsOutputRedirected looks at the pipe.</summary>
    public bool OutIsTerminal { get; }

    /// <inheritdoc cref="OutIsTerminal"/>
    public bool ErrorIsTerminal { get; }

    /// <exception cref="Win32Exception">The system has no descriptors left.</exception>
    public static NativeOutput Capture() => new();

    /// <summary>Logs the lines so far and all to come.</summary>
    public void ForwardTo(ILogger log)
    {
        ArgumentNullException.ThrowIfNull(log);
        lock (_forwarding)
        {
            _log = log;
            foreach (var line in _early.Snapshot())
                Log.NativeLine(log, line);
        }
    }

    /// <summary>Gives descriptors 1 and 2 back, after the lines under way are logged.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
        if (!Restore())
            return;
        _reader.Wake();
        _thread.Join();
        _reader.Dispose();
        Console.SetOut(_consoleOut);
        Console.SetError(_consoleError);
        Out.Dispose();
        Error.Dispose();
    }

    private static SafeFileHandle Save(int descriptor)
    {
        // Not inherited by children: they get the pipe.
        var copy = Libc.Control(descriptor, Libc.DuplicateCloseOnExec, 3);
        return copy >= 0 ? new SafeFileHandle(copy, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    private static unsafe SafeFileHandle RedirectToPipe()
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends, Libc.CloseOnExec) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        var reading = new SafeFileHandle(ends[0], ownsHandle: true);
        using var writing = new SafeFileHandle(ends[1], ownsHandle: true);
        _ = Libc.Flush(0);
        for (var descriptor = 1; descriptor <= 2; descriptor++)
        {
            if (Libc.Duplicate(ends[1], descriptor) < 0)
                throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        // The C library buffers 4 KB towards a pipe: by line, so that they are logged when they are written.
        if (NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "stdout", out var stream))
            _ = Libc.SetBuffering(Marshal.ReadIntPtr(stream), 0, LineBuffered, 0);
        return reading;
    }

    private static StreamWriter Writer(SafeFileHandle handle) =>
        new(new DescriptorStream(handle), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    private static int Descriptor(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    /// <summary>True for the first caller.</summary>
    private bool Restore()
    {
        if (Interlocked.Exchange(ref _restored, 1) != 0)
            return false;
        // What the C library still holds belongs into the pipe, not behind the program's own last line.
        _ = Libc.Flush(0);
        _ = Libc.Duplicate(Descriptor(_savedOut), 1);
        _ = Libc.Duplicate(Descriptor(_savedError), 2);
        return true;
    }

    private void OnUnhandledException(object sender, UnhandledExceptionEventArgs e) => Restore();

    private void Run()
    {
        var lines = new LineSplitter(OnLine);
        var buffer = new byte[4096];
        var result = ReadResult.Done;
        while (result == ReadResult.Done)
        {
            result = _reader.ReadSome(buffer, timeoutMs: -1, out var count);
            lines.Append(buffer.AsSpan(0, count));
        }

        // A child may still hold the other end: only what is there, then no more.
        while (result == ReadResult.Woken && _reader.ReadAvailable(buffer, out var left))
            lines.Append(buffer.AsSpan(0, left));
        lines.Flush();
    }

    private void OnLine(string line)
    {
        lock (_forwarding)
        {
            if (_log is null)
                _early.Add(line);
            else
                Log.NativeLine(_log, line);
        }
    }
}
