using EdgeFace.Agent.Publishing;
using EdgeFace.Core.Events;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Tests.Publishing;

public sealed class PictureFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_the_newest_are_kept_and_none_that_is_too_old_and_nothing_else_is_touched()
    {
        var pictures = new PictureFolder(_folder.File("pictures"), ".jpg", keepCount: 3, TimeSpan.FromHours(10), _time);
        File.WriteAllText(pictures.File("note.txt"), "");
        File.SetLastWriteTimeUtc(pictures.File("note.txt"), _time.GetUtcNow().UtcDateTime.AddYears(-1));
        for (var hour = 0; hour < 5; hour++)
        {
            File.WriteAllText(pictures.File($"{hour}.jpg"), "");
            File.SetLastWriteTimeUtc(pictures.File($"{hour}.jpg"), _time.GetUtcNow().UtcDateTime.AddHours(hour));
        }

        _time.Advance(TimeSpan.FromHours(4));
        Assert.Equal(2, pictures.Trim());
        Assert.Equal(["2.jpg", "3.jpg", "4.jpg", "note.txt"], Names(pictures));
        _time.Advance(TimeSpan.FromHours(9.5));
        Assert.Equal(2, pictures.Trim());
        Assert.Equal(["4.jpg", "note.txt"], Names(pictures));
        Assert.Equal(0, pictures.Trim());
    }

    [Fact]
    public void The_folder_is_its_owners_alone()
    {
        var pictures = new PictureFolder(_folder.File("pictures"), ".jpg", 1, TimeSpan.FromHours(1), _time);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(pictures.Path));
    }

    [Theory]
    [InlineData(VisitDecision.Known, 40, 200, 80)]
    [InlineData(VisitDecision.Unknown, 235, 120, 30)]
    [InlineData(VisitDecision.Undecided, 150, 150, 150)]
    public void A_snapshot_shows_the_box_in_the_colour_of_the_decision_and_leaves_the_scene_alone(VisitDecision decision, int red, int green, int blue)
    {
        var scene = new Frame(320, 240, PixelFormat.Bgr24);
        Array.Fill(scene.Pixels, (byte)128);
        var path = _folder.File("s.jpg");
        Snapshot.Write(path, scene, new FaceBox(100, 100, 60, 60), Event(decision));
        Assert.All(scene.Pixels, value => Assert.Equal(128, value));
        var drawn = PictureReader.Read(path);
        // The average along the left edge: JPEG shares the colour of a thin line with its neighbours.
        var corner = Enumerable.Range(110, 40).Select(y => (y * 320 + 100) * 3).ToList();
        double Of(int channel) => corner.Average(at => drawn.Pixels[at + channel]) - 128;
        Assert.Equal(Math.Sign(blue - 128), Math.Sign(Math.Round(Of(0) / 8)));
        Assert.Equal(Math.Sign(green - 128), Math.Abs(green - 128) < 30 ? Math.Sign(green - 128) : Math.Sign(Math.Round(Of(1) / 8)));
        Assert.Equal(Math.Sign(red - 128), Math.Sign(Math.Round(Of(2) / 8)));
    }

    [Fact]
    public void The_label_is_the_name_or_the_decision_and_the_similarity()
    {
        Assert.Equal("Anna 0.61", Snapshot.Label(Event(VisitDecision.Known)));
        Assert.Equal("unknown 0.61", Snapshot.Label(Event(VisitDecision.Unknown)));
        Assert.Equal("undecided", Snapshot.Label(Event(VisitDecision.Undecided) with { Similarity = null }));
    }

    private static IEnumerable<string> Names(PictureFolder pictures) => Directory.EnumerateFiles(pictures.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    private static VisitEvent Event(VisitDecision decision) => TestEvents.End(decision);
}
