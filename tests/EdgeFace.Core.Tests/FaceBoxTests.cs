using EdgeFace.Core.Faces;

namespace EdgeFace.Core.Tests;

public sealed class FaceBoxTests
{
    [Fact]
    public void Overlap_is_never_more_than_one()
    {
        var random = new Random(7);
        for (var i = 0; i < 1000; i++)
        {
            var box = new FaceBox(random.NextSingle() * 640, random.NextSingle() * 480, 1 + (random.NextSingle() * 200), 1 + (random.NextSingle() * 200));
            Assert.InRange(box.Iou(box), 0.9999f, 1);
        }
    }

    [Fact]
    public void Iou_of_boxes_that_share_a_third_is_one_third()
        => Assert.Equal(1f / 3, new FaceBox(0, 0, 10, 10).Iou(new FaceBox(5, 0, 10, 10)), 6);

    [Theory]
    [InlineData(10, 0, 5, 5)]
    [InlineData(0, 0, 0, 10)]
    [InlineData(0, 0, float.NaN, 10)]
    public void Iou_with_a_box_that_shares_no_area_is_zero(float x, float y, float width, float height)
        => Assert.Equal(0, new FaceBox(0, 0, 10, 10).Iou(new FaceBox(x, y, width, height)));

    [Fact]
    public void ClipTo_keeps_what_lies_inside_the_frame()
    {
        Assert.Equal(new FaceBox(0, 0, 5, 7), new FaceBox(-5, -3, 10, 10).ClipTo(100, 100));
        Assert.Equal(0, new FaceBox(200, 200, 10, 10).ClipTo(100, 100).Area);
    }
}
