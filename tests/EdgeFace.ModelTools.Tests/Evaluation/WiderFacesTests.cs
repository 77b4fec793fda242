using System.Numerics;
using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.ModelTools.Evaluation;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests.Evaluation;

public sealed class WiderFacesTests : IDisposable
{
    private const string Header = "image,x,y,w,h,easy,medium,hard,invalid\n";
    private const string PointsHeader = "image,face,x0,y0,x1,y1,x2,y2,x3,y3,x4,y4\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Faces_are_gathered_by_picture()
    {
        Write(WiderFaces.FileName, Header + "b.jpg,1,2,3.5,4,1,1,1,0\na.jpg,5,6,7,8,0,0,1,1\nb.jpg,9,9,9,9,0,1,1,0\n");
        var pictures = WiderFaces.Read(_folder.Path);
        Assert.Equal([_folder.File("images/b.jpg"), _folder.File("images/a.jpg")], pictures.Select(picture => picture.Path));
        Assert.Equal(new WiderFace(new FaceBox(1, 2, 3.5f, 4), true, true, true, false), pictures[0].Faces[0]);
        Assert.Equal(2, pictures[0].Faces.Count);
        Assert.Equal(new WiderFace(new FaceBox(5, 6, 7, 8), false, false, true, true), Assert.Single(pictures[1].Faces));
    }

    [Fact]
    public void Labelled_points_go_to_their_face()
    {
        Write(WiderFaces.FileName, Header + "a.jpg,1,2,3,4,1,1,1,0\na.jpg,5,6,7,8,0,0,1,1\n");
        Write(WiderLandmarks.FileName, PointsHeader + "a.jpg,1,1,2,3,4,5,6,7,8,9,10\n");
        var faces = WiderFaces.Read(_folder.Path)[0].Faces;
        Assert.Null(faces[0].Landmarks);
        Assert.Equal(new Landmarks5(new(1, 2), new(3, 4), new(5, 6), new(7, 8), new(9, 10)), faces[1].Landmarks);
    }

    [Theory]
    [InlineData("", ":1: has no column 'image'; needed are image, x, y, w, h, easy, medium, hard.")]
    [InlineData("image,x,y,w,h\na.jpg,1,2,3,4\n", ":1: has no column 'easy'; needed are image, x, y, w, h, easy, medium, hard.")]
    [InlineData(Header, ": holds no labels.")]
    [InlineData(Header + "a.jpg,1,2,3\n", ":2: has 4 fields, but the first line names 9.")]
    [InlineData(Header + "a.jpg,1,2,x,4,1,1,1,0\n", ":2: w 'x' must be a number.")]
    [InlineData(Header + "a.jpg,1,2,NaN,4,1,1,1,0\n", ":2: w 'NaN' must be a number.")]
    [InlineData(Header + "a.jpg,1,2,3,4,1,1,2,0\n", ":2: hard '2' must be 0 or 1.")]
    [InlineData(Header + "../a.jpg,1,2,3,4,1,1,1,0\n", ":2: image '../a.jpg' must name a file below images/.")]
    public void Malformed_labels_are_said_with_their_line(string text, string expected)
    {
        Write(WiderFaces.FileName, text);
        Assert.Equal(_folder.File(WiderFaces.FileName) + expected, Assert.Throws<InputException>(() => WiderFaces.Read(_folder.Path)).Message);
    }

    [Fact]
    public void Points_of_a_face_that_is_not_there_are_said()
    {
        Write(WiderFaces.FileName, Header + "a.jpg,1,2,3,4,1,1,1,0\n");
        Write(WiderLandmarks.FileName, PointsHeader + "a.jpg,1,1,2,3,4,5,6,7,8,9,10\n");
        Assert.Equal($"{_folder.File(WiderLandmarks.FileName)}: names face 1 of a.jpg, which faces.csv does not have.", Assert.Throws<InputException>(() => WiderFaces.Read(_folder.Path)).Message);
    }

    [Fact]
    public void Landmark_error_is_the_mean_distance_over_the_size_of_the_face()
    {
        var wanted = new Landmarks5(new(10, 10), new(30, 10), new(20, 20), new(12, 30), new(28, 30));
        var found = new Landmarks5(new(13, 14), new(30, 10), new(20, 20), new(12, 30), new(28, 30));
        var box = new FaceBox(0, 0, 25, 100);
        var other = new WiderFace(new FaceBox(500, 0, 25, 100), true, true, true, false) { Landmarks = wanted };
        var picture = new PictureResult([new FaceDetection(box, 0.9f, found)], [new WiderFace(box, true, true, true, false) { Landmarks = wanted }, other]);
        // One of five points is 5 pixels off: a mean of 1, over sqrt(25 x 100) = 50. The other face is not covered.
        Assert.Equal(new LandmarkError(2, 1, 0.02), LandmarkError.Measure([picture]));
    }

    [Fact]
    public void Without_labels_or_points_there_is_no_landmark_error()
    {
        var box = new FaceBox(0, 0, 25, 100);
        var labelled = new WiderFace(box, true, true, true, false) { Landmarks = new Landmarks5(Vector2.One, Vector2.One, Vector2.One, Vector2.One, Vector2.One) };
        Assert.Null(LandmarkError.Measure([new PictureResult([new FaceDetection(box, 0.9f)], [labelled])]));
        Assert.Null(LandmarkError.Measure([new PictureResult([new FaceDetection(box, 0.9f, labelled.Landmarks)], [labelled with { Landmarks = null }])]));
    }

    private void Write(string name, string text) => File.WriteAllText(_folder.File(name), text);
}
