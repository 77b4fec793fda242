using System.IO.Compression;
using System.Text;
using EdgeFace.Agent.Recording;
using EdgeFace.Agent.Visits;
using EdgeFace.Core;
using EdgeFace.Core.Events;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Recording;

public sealed class RecordingFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("visit.efvisit");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_recording_is_the_same_after_it_was_written_and_read_and_its_owners_alone()
    {
        var written = Make(3);
        RecordingFile.Write(File, written);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal([File], Directory.EnumerateFiles(_folder.Path));
        var read = RecordingFile.Read(File);
        Assert.Equal(written.Faces, read.Faces);
        Assert.Equal((written.Event, written.Policy, written.Time, written.Truncated), (read.Event, read.Policy, read.Time, read.Truncated));
        Assert.Equal(written.Pictures.Select(picture => picture.Pixels), read.Pictures.Select(picture => picture.Pixels));
    }

    [Fact]
    public void A_recording_of_an_earlier_version_compares_with_the_best_template_alone()
    {
        RecordingFile.Write(File, Make(1) with { Policy = Make(1).Policy with { NearestTemplates = 7 } });
        Assert.Equal(7, RecordingFile.Read(File).Policy.NearestTemplates);
        var (document, picture) = (Encoding.UTF8.GetString(Entry("recording.json")), Entry("face-000.png"));
        Zip(("recording.json", Encoding.UTF8.GetBytes(document.Replace("\"nearest_templates\": 7,", "", StringComparison.Ordinal))), ("face-000.png", picture));
        Assert.Equal(1, RecordingFile.Read(File).Policy.NearestTemplates);
        Zip(("recording.json", Encoding.UTF8.GetBytes(document.Replace("\"nearest_templates\": 7,", "\"nearest_templates\": 11,", StringComparison.Ordinal))), ("face-000.png", picture));
        AssertRefused("asks for more than 10 templates");
    }

    [Fact]
    public void What_is_no_recording_is_one_clear_line()
    {
        AssertRefused("there is no such file");
        System.IO.File.WriteAllText(File, "not a zip");
        AssertRefused("not a readable recording");
        Zip();
        AssertRefused("recording.json is missing");
        Zip(("recording.json", "{"u8.ToArray()));
        AssertRefused("not a readable recording");
        Zip(("recording.json", "{}"u8.ToArray()));
        AssertRefused("not a readable recording");
        Zip(("recording.json", new byte[(1 << 20) + 1]));
        AssertRefused("recording.json is larger than 1048576 bytes");

        RecordingFile.Write(File, Make(2));
        var document = Entry("recording.json");
        Zip(("recording.json", document));
        AssertRefused("face-000.png is missing");
        Zip(("recording.json", document), ("face-000.png", "no picture"u8.ToArray()), ("face-001.png", []));
        AssertRefused("face-000.png is not a JPEG or PNG picture");
        Zip(("recording.json", document), ("face-000.png", new byte[(1 << 20) + 1]));
        AssertRefused("face-000.png is larger than 1048576 bytes");
        Zip(("recording.json", Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(document).Replace("recording/1", "recording/9", StringComparison.Ordinal))));
        AssertRefused("a recording of the form 'edgeface/recording/9', this version reads edgeface/recording/1");
        var text = Encoding.UTF8.GetString(document);
        var faces = text.IndexOf("\"faces\": [", StringComparison.Ordinal);
        Zip(("recording.json", Encoding.UTF8.GetBytes(string.Concat(text.AsSpan(0, faces), "\"faces\": null, \"truncated\": false }"))));
        AssertRefused("recording.json lacks a part");
        Zip(("recording.json", Encoding.UTF8.GetBytes(string.Concat(text.AsSpan(0, faces), "\"faces\": [null], \"truncated\": false }"))));
        AssertRefused("a face without a picture");
    }

    [Fact]
    public void A_picture_of_the_wrong_size_cannot_be_replayed()
    {
        RecordingFile.Write(File, Make(1));
        var result = EdgefaceProcess.Run("replay", File, "--data", _folder.File("data"));
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Equal($"edgeface: {File}: face-000.png has 24x24 pixels; an aligned face of this embedder has 112x112.\n", result.Error);
    }

    private void AssertRefused(string reason)
    {
        var message = Assert.Throws<InputException>(() => RecordingFile.Read(File)).Message;
        Assert.StartsWith(File + ": ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private byte[] Entry(string name)
    {
        using var zip = ZipFile.OpenRead(File);
        using var stream = zip.GetEntry(name)!.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private void Zip(params (string Name, byte[] Bytes)[] entries)
    {
        using var zip = new ZipArchive(new FileStream(File, FileMode.Create), ZipArchiveMode.Create);
        foreach (var (name, bytes) in entries)
        {
            using var stream = zip.CreateEntry(name).Open();
            stream.Write(bytes);
        }
    }

    private static VisitRecording Make(int faces) => new()
    {
        Time = DateTimeOffset.UnixEpoch.AddMilliseconds(5),
        Event = TestEvents.End(VisitDecision.Known),
        Policy = new RecognitionPolicy { Threshold = 0.5f, KnownAfterFaces = 2, UnknownAfterFaces = 5, SwitchMargin = 0.1f },
        Truncated = true,
        Faces = [.. Enumerable.Range(0, faces).Select(i => new RecordedFace
        {
            Picture = $"face-{i:000}.png", AtMs = i * 80, Quality = 0.5f, Decision = VisitDecision.Known, PersonId = FakeGallery.Anna.Id, Similarity = 0.625f,
        })],
        Pictures = [.. Enumerable.Range(0, faces).Select(Picture)],
    };

    private static Frame Picture(int seed)
    {
        var frame = new Frame(24, 24, PixelFormat.Bgr24);
        new Random(seed).NextBytes(frame.Pixels);
        return frame;
    }
}
