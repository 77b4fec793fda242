using System.Text.Json;
using EdgeFace.Core.Faces;
using EdgeFace.ModelTools.Evaluation;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests.Evaluation;

public sealed class WiderAveragePrecisionTests
{
    private static readonly FaceBox A = new(100, 100, 40, 50), B = new(300, 100, 40, 50), Elsewhere = new(500, 300, 40, 50);

    /// <summary>Against numpy on made-up boxes, see tests/golden/evaluation/generate.py.</summary>
    [Fact]
    public void Every_set_agrees_with_numpy()
    {
        var golden = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("evaluation/ap.json"))).RootElement;
        var precision = new WiderAveragePrecision([.. golden.GetProperty("pictures").EnumerateArray().Select(Picture)]);
        var expected = golden.GetProperty("expected").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.Equal(expected[0], precision.For(face => face.Easy)!.Value, 1e-12);
        Assert.Equal(expected[1], precision.For(face => face.Medium)!.Value, 1e-12);
        Assert.Equal(expected[2], precision.For(face => face.Hard)!.Value, 1e-12);
    }

    [Fact]
    public void Two_hits_with_a_false_one_between_by_hand()
    {
        // Recall 1/2 at precision 1, then 1 at 2/3.
        var precision = Of(new PictureResult([Found(A, 0.9f), Found(Elsewhere, 0.6f), Found(B, 0.3f)], [Face(A), Face(B)]));
        Assert.Equal(1.0 / 2 + 1.0 / 2 * 2 / 3, precision, 1e-12);
    }

    [Fact]
    public void A_face_that_is_never_found_costs_its_recall()
        => Assert.Equal(0.5, Of(new PictureResult([Found(A, 0.9f), Found(Elsewhere, 0.3f)], [Face(A), Face(B)])), 1e-12);

    [Fact]
    public void A_face_outside_the_set_is_neither_hit_nor_false()
    {
        var ignored = Face(Elsewhere) with { Hard = false };
        Assert.Equal(1, Of(new PictureResult([Found(A, 0.9f), Found(Elsewhere, 0.6f), Found(B, 0.3f)], [Face(A), Face(B), ignored])), 1e-12);
    }

    [Fact]
    public void A_face_found_twice_counts_once_and_the_second_as_false()
    {
        var again = A with { X = A.X + 2 };
        Assert.Equal(1.0 / 2 + 1.0 / 2 * 2 / 3, Of(new PictureResult([Found(A, 0.9f), Found(again, 0.6f), Found(B, 0.3f)], [Face(A), Face(B)])), 1e-12);
    }

    [Fact]
    public void A_hit_needs_half_an_overlap_with_one_pixel_added()
    {
        // 41 columns each. Shifted by 13, 28 lie in both: 28 / 54 = 0.5185; by 14: 27 / 55 = 0.4909 (26 / 54 = 0.4815 without the 1).
        Assert.Equal(1, Of(new PictureResult([Found(A with { X = A.X + 13 }, 0.9f)], [Face(A)])), 1e-12);
        Assert.Equal(0, Of(new PictureResult([Found(A with { X = A.X + 14 }, 0.9f)], [Face(A)])), 1e-12);
    }

    [Fact]
    public void Detections_in_pictures_without_labels_are_not_counted()
        => Assert.Equal(1, Of(new PictureResult([Found(A, 0.9f)], []), new PictureResult([Found(A, 0.5f)], [Face(A)])), 1e-12);

    [Fact]
    public void Scores_are_stretched_over_all_pictures()
    {
        // Whatever the scale of the scores, the curve is the same.
        var low = Of(new PictureResult([Found(A, 0.21f), Found(Elsewhere, 0.205f), Found(B, 0.2f)], [Face(A), Face(B)]));
        Assert.Equal(1.0 / 2 + 1.0 / 2 * 2 / 3, low, 1e-12);
    }

    [Fact]
    public void A_set_without_faces_has_no_precision()
        => Assert.Null(new WiderAveragePrecision([new PictureResult([Found(A, 0.9f)], [Face(A)])]).For(face => face.Easy));

    [Fact]
    public void A_detector_that_finds_nothing_reaches_nothing()
        => Assert.Equal(0, Of(new PictureResult([], [Face(A)])));

    private static double Of(params PictureResult[] pictures) => new WiderAveragePrecision(pictures).For(face => face.Hard)!.Value;

    private static WiderFace Face(FaceBox box) => new(box, Easy: false, Medium: true, Hard: true, Invalid: false);

    private static FaceDetection Found(FaceBox box, float score) => new(box, score);

    private static PictureResult Picture(JsonElement picture) => new(
        [.. picture.GetProperty("found").EnumerateArray().Select(row => Found(Box(row), row[4].GetSingle()))],
        [.. picture.GetProperty("faces").EnumerateArray().Select(row => new WiderFace(Box(row), row[4].GetDouble() == 1, row[5].GetDouble() == 1, row[6].GetDouble() == 1, Invalid: false))]);

    private static FaceBox Box(JsonElement row) => new(row[0].GetSingle(), row[1].GetSingle(), row[2].GetSingle(), row[3].GetSingle());
}
