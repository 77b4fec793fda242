using System.Text.Json;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;

namespace EdgeFace.Vision.Tests;

/// <summary>What tests/golden/vision/make.py wrote.</summary>
internal static class Golden
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static byte[] Bytes(string name) => NpyFile.Read(Repository.Golden($"vision/{name}.npy")).Values;

    public static Frame Frame(string name)
    {
        var file = NpyFile.Read(Repository.Golden($"vision/{name}.npy"));
        var format = file.Shape.Count == 3 ? PixelFormat.Bgr24 : PixelFormat.Gray8;
        var frame = new Frame(file.Shape[1], file.Shape[0], format);
        file.Values.CopyTo(frame.Pixels, 0);
        return frame;
    }

    public static T[] Cases<T>(string name)
        => JsonSerializer.Deserialize<T[]>(File.ReadAllText(Repository.Golden($"vision/{name}.json")), Options)!;
}
