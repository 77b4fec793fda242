using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.OnnxRuntime;

/// <summary>
/// What has to be in place before ONNX Runtime's native library is loaded: its telemetry switched off and, when it is
/// built from the npm packages, the place where the library lies. Runs by itself before any type of this assembly is used.
/// </summary>
public static partial class NativeSetup
{
    /// <summary>The environment variable that keeps ONNX Runtime from reporting anything over the network.</summary>
    public const string TelemetryVariable = "ORT_DISABLE_TELEMETRY";

    private static readonly object Gate = new();
    private static bool _done;

    /// <summary>
    /// Does what the module initializer did; to be called by an assembly that uses ONNX Runtime's types from elsewhere.
    /// </summary>
    /// <exception cref="InvalidOperationException">The environment of the process cannot be changed.</exception>
    [ModuleInitializer]
    public static void Prepare()
    {
        lock (Gate)
        {
            if (_done)
                return;
            DisableTelemetry();
            RegisterResolver();
            _done = true;
        }
    }

    private static void DisableTelemetry()
    {
        // The managed environment is a copy that native code never sees: both have to be set.
        Environment.SetEnvironmentVariable(TelemetryVariable, "1");
        if (OperatingSystem.IsLinux() && SetEnvironment(TelemetryVariable, "1", 1) != 0)
            throw new InvalidOperationException($"{TelemetryVariable}=1 cannot be set: error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

#if EDGEFACE_ORT_SOURCES
    private static void RegisterResolver()
    {
        Microsoft.ML.OnnxRuntime.OrtEnv.DisableDllImportResolver = true;
        NativeLibrary.SetDllImportResolver(typeof(NativeSetup).Assembly, Resolve);
    }

    private static IntPtr Resolve(string name, System.Reflection.Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != "onnxruntime")
            return IntPtr.Zero;
        var architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            var other => throw new PlatformNotSupportedException($"ONNX Runtime is there for linux-x64 and linux-arm64, not for {other}."),
        };
        var relative = Path.Combine("runtimes", $"linux-{architecture}", "native", "libonnxruntime.so.1");
        foreach (var folder in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(assembly.Location) })
        {
            if (!string.IsNullOrEmpty(folder) && File.Exists(Path.Combine(folder, relative)))
                return NativeLibrary.Load(Path.Combine(folder, relative));
        }

        throw new DllNotFoundException($"{relative} is missing below {AppContext.BaseDirectory}: copy the whole output folder.");
    }
#else
    private static void RegisterResolver()
    {
    }
#endif
}
