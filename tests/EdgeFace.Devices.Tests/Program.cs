using System.Runtime.InteropServices;
using System.Text;
using EdgeFace.Devices;
using EdgeFace.TestKit.Capture;
using Microsoft.Extensions.Logging.Abstractions;

return args switch
{
    ["native-output"] => ChildPrograms.PrintAroundJson(),
    ["native-crash"] => ChildPrograms.Crash(),
    ["hold", var input] => ChildPrograms.Hold(input),
    _ => 64,
};

/// <summary>Runs as a child of the tests: `dotnet EdgeFace.Devices.Tests.dll NAME`.</summary>
internal static partial class ChildPrograms
{
    public const string Json = """{"answer":42}""";

    public static int PrintAroundJson()
    {
        using var loggers = new ListLoggerFactory();
        using (var native = NativeOutput.Capture())
        {
            _ = Puts("puts before forwarding");
            native.ForwardTo(loggers.CreateLogger(NativeOutput.Category));
            WriteDescriptor(1, "write to 1\n");
            WriteDescriptor(2, "write to 2\n");
            using (var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", "echo from a child"]))
                shell.WaitForExit();
            Console.WriteLine(Json);
            Console.Error.WriteLine("own error line");
            WriteDescriptor(1, "no end of line");
        }

        foreach (var (category, level, message) in loggers.Lines)
            Console.Error.WriteLine($"{category}|{level}|{message}");
        return 0;
    }

    public static int Crash()
    {
        using var native = NativeOutput.Capture();
        throw new InvalidOperationException("the reason of the crash");
    }

    /// <summary>Reads frames until it is killed; after the first one it prints the process id of its ffmpeg.</summary>
    public static int Hold(string input)
    {
        using var source = new FfmpegSource(
            new FfmpegSourceOptions { Input = input, Realtime = true }, TimeProvider.System, NullLoggerFactory.Instance);
        source.Read()!.Release();
        Console.WriteLine(source.ChildId);
        while (source.Read() is { } frame)
            frame.Release();
        return 0;
    }

    private static unsafe void WriteDescriptor(int descriptor, string text)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(text))
            _ = Write(descriptor, bytes, (nuint)Encoding.UTF8.GetByteCount(text));
    }

    [LibraryImport("libc", EntryPoint = "puts", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Puts(string text);

    [LibraryImport("libc", EntryPoint = "write")]
    private static unsafe partial nint Write(int descriptor, byte* bytes, nuint count);
}
