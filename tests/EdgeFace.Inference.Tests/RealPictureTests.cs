using EdgeFace.Core.Faces;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Inference.Tests;

public sealed class RealPictureTests
{
    [SharedDataFact("data/lfw/pairs.txt")]
    public void Same_and_different_people_are_told_apart()
    {
        using var models = TestModels.LoadAll();
        var analyzer = new FaceAnalyzer(models);
        var lines = File.ReadAllLines(SharedData.Path("data/lfw/pairs.txt")!);
        var right = 0;
        foreach (var line in lines.Skip(1).Take(20).Concat(lines.Skip(301).Take(20)).Select(line => line.Split('\t')))
        {
            var same = line.Length == 3;
            var similarity = Embed(analyzer, line[0], line[1]).CosineTo(same ? Embed(analyzer, line[0], line[2]) : Embed(analyzer, line[2], line[3]));
            if (similarity >= models.Embedder.DefaultThreshold == same)
                right++;
        }

        Assert.InRange(right, 38, 40);
    }

    [SharedDataFact("data/nonface")]
    public void Scenes_without_faces_give_few_false_alarms()
    {
        using var models = TestModels.LoadAll();
        var found = new FaceDetection[10];
        var files = Directory.GetFiles(SharedData.Path("data/nonface")!, "*.jpg");
        var alarms = files.Count(file => models.Detector.Detect(PictureReader.Read(file), found) > 0);
        Assert.InRange(alarms, 0, files.Length / 20);
    }

    private static Embedding Embed(FaceAnalyzer analyzer, string person, string number)
    {
        var picture = PictureReader.Read(SharedData.Path($"data/lfw/images/{person}/{person}_{int.Parse(number):0000}.jpg")!);
        return analyzer.Analyze(picture).MinBy(face => Math.Abs(face.Detection.Box.CenterX - 125) + Math.Abs(face.Detection.Box.CenterY - 125))!.Embedding!;
    }
}
