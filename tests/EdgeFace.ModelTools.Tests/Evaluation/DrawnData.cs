using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests.Evaluation;

/// <summary>A data folder with the drawn picture of tests/golden/inference: two faces, as they were drawn.</summary>
internal static class DrawnData
{
    public static string Make(TemporaryFolder folder)
    {
        var root = folder.File("data");
        foreach (var images in new[] { "wider/val/images", "nonface", "lfw/images/Drawn" })
            Directory.CreateDirectory(Path.Combine(root, images));
        var drawn = Repository.Golden("inference/drawn.png");
        File.Copy(drawn, Path.Combine(root, "wider/val/images/drawn.png"));
        File.Copy(drawn, Path.Combine(root, "lfw/images/Drawn/Drawn_0001.png"));
        // Not free of faces at all: each of the two is a false positive.
        File.Copy(drawn, Path.Combine(root, "nonface/drawn.png"));
        File.WriteAllText(
            Path.Combine(root, "wider/val/faces.csv"),
            "image,x,y,w,h,easy,medium,hard,invalid\ndrawn.png,142,93,119,178,1,1,1,0\ndrawn.png,437,102,66,98,0,1,1,0\n");
        return root;
    }
}
