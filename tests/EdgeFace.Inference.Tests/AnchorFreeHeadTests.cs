using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.TestKit;

namespace EdgeFace.Inference.Tests;

public sealed class AnchorFreeHeadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Strides_come_sorted_with_both_layouts()
    {
        var levels = AnchorFreeHead.Read(Package(("bbox_16", [1, 4, 2, 4]), ("score_16", [1, 1, 2, 4]), ("score_8", [1, 32, 1]), ("bbox_8", [1, 32, 4])));
        Assert.Equal([8, 16], levels.Select(level => level.Stride));
        Assert.Equal(new HeadLevel(8, 8, 4, new HeadMap(2, 1, 1), null, new HeadMap(3, 4, 1), null), levels[0]);
        Assert.Equal(new HeadLevel(16, 4, 2, new HeadMap(1, 1, 8), null, new HeadMap(0, 1, 8), null), levels[1]);
    }

    [Fact]
    public void One_output_may_hold_score_box_and_points()
    {
        var levels = AnchorFreeHead.Read(Package(("face_8", [1, 32, 16]), ("face_16", [1, 15, 2, 4])));
        Assert.Equal(new HeadLevel(8, 8, 4, new HeadMap(0, 16, 1), null, new HeadMap(0, 16, 1, 1), new HeadMap(0, 16, 1, 5), ScoreIsLogit: true), levels[0]);
        Assert.Equal(new HeadLevel(16, 4, 2, new HeadMap(1, 1, 8), null, new HeadMap(1, 1, 8, 8), new HeadMap(1, 1, 8, 40), ScoreIsLogit: true), levels[1]);
    }

    [Fact]
    public void An_output_for_all_with_too_few_channels_is_refused()
        => Refused("output 'face_8' is [1, 32, 14], but must be [1, 32, 15] or [1, 15, 4, 8]", ("face_8", [1, 32, 14]));

    [Fact]
    public void An_output_for_all_beside_single_ones_is_refused()
        => Refused("stride 8 needs either face or the single maps", ("face_8", [1, 32, 16]), ("score_8", [1, 32, 1]));

    [Fact]
    public void Capacity_is_the_number_of_cells()
        => Assert.Equal(32 + 8, new AnchorFreeDecoder(Package(("cls_8", [1, 32, 1]), ("bbox_8", [1, 32, 4]), ("cls_16", [1, 8, 1]), ("bbox_16", [1, 8, 4]))).Capacity);

    [Fact]
    public void An_output_of_another_name_is_refused()
        => Refused("output 'boxes' is not named KIND_STRIDE, with the kinds cls, obj, score, bbox, kps, face", ("boxes", [1, 32, 4]));

    [Fact]
    public void An_output_named_twice_is_refused()
        => Refused("output 'cls_8' is named twice", ("cls_8", [1, 32, 1]), ("cls_8", [1, 32, 1]));

    [Fact]
    public void Strides_with_different_outputs_are_refused()
        => Refused("every stride needs the same outputs", ("cls_8", [1, 32, 1]), ("bbox_8", [1, 32, 4]), ("cls_16", [1, 8, 1]));

    [Fact]
    public void A_head_without_scores_is_refused()
        => Refused("stride 8 needs either score or cls (alone or with obj)", ("obj_8", [1, 32, 1]), ("bbox_8", [1, 32, 4]));

    [Fact]
    public void A_head_with_both_kinds_of_score_is_refused()
        => Refused("stride 8 needs either score or cls (alone or with obj)", ("score_8", [1, 32, 1]), ("cls_8", [1, 32, 1]), ("bbox_8", [1, 32, 4]));

    [Fact]
    public void A_head_without_boxes_is_refused()
        => Refused("stride 8 needs bbox", ("score_8", [1, 32, 1]));

    [Fact]
    public void A_map_of_another_shape_is_refused()
        => Refused("output 'bbox_8' is [1, 32, 5], but must be [1, 32, 4] or [1, 4, 4, 8]", ("score_8", [1, 32, 1]), ("bbox_8", [1, 32, 5]));

    [Fact]
    public void An_input_that_is_no_multiple_of_the_stride_is_refused()
        => Refused("the input of 64x32 is not a multiple of stride 24", ("score_24", [1, 2, 1]), ("bbox_24", [1, 2, 4]));

    private void Refused(string expected, params (string Name, int[] Shape)[] outputs)
    {
        var package = Package(outputs);
        Assert.Equal($"{package.Folder}: decoder yunet: {expected}.", Assert.Throws<InputException>(() => new AnchorFreeDecoder(package)).Message);
    }

    /// <summary>A package with an input of 64x32; its file is never opened.</summary>
    private ModelPackage Package(params (string Name, int[] Shape)[] outputs)
    {
        var manifest = YuNet.Manifest(64, 32);
        manifest["sha256"] = Convert.ToHexStringLower(SHA256.HashData([]));
        manifest["outputs"] = new JsonArray([.. outputs.Select(output => (JsonNode)new JsonObject
        {
            ["name"] = output.Name, ["shape"] = new JsonArray([.. output.Shape.Select(size => (JsonNode)size)]),
        })]);
        File.WriteAllBytes(_folder.File("yunet.onnx"), []);
        File.WriteAllText(_folder.File(ModelManifest.FileName), manifest.ToJsonString());
        return ModelPackage.Load(_folder.Path);
    }
}
