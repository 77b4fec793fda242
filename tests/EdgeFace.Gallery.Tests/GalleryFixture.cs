using EdgeFace.Core.Faces;
using EdgeFace.Core.Security;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery.Tests;

/// <summary>A gallery in a folder of its own, and faces to put into it. Fails the test when a warning or error was logged.</summary>
internal sealed class GalleryFixture : IDisposable
{
    public const string Model = "mobilefacenet@0123456789ab";

    private readonly TemporaryFolder _folder = new();

    public GalleryFixture(bool encrypted = false)
    {
        Keys = encrypted ? KeyRing.Create(KeyFile, Time) : null;
        Store = Open();
    }

    /// <summary>Null: the gallery is not encrypted.</summary>
    public KeyRing? Keys { get; private set; }

    public string KeyFile => _folder.File("gallery.key");

    public GalleryStore Store { get; private set; }

    public ManualTimeProvider Time { get; } = new();

    public RecordingLogger Logger { get; } = new();

    public bool AllowWarnings { get; init; }

    public string Path => _folder.File("gallery.db");

    public static float[] Vector(int seed, int dimension = 64)
    {
        var random = new Random(seed);
        var values = new float[dimension];
        for (var i = 0; i < dimension; i++)
            values[i] = (float)(random.NextDouble() * 2 - 1);
        return values;
    }

    public static NewTemplate Face(int seed, int dimension = 64, string model = Model, float? sigma = null, string source = "face.jpg")
        => new(Embedding.Normalize(model, Vector(seed, dimension)), 0.75f, sigma, source);

    /// <summary>Another object on the same file, as another process would have.</summary>
    public GalleryStore Open() => GalleryStore.Open(Path, Time, Logger, Keys is null ? null : KeyRing.Open(KeyFile));

    public void Reopen()
    {
        Store.Dispose();
        Store = Open();
    }

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
        if (!AllowWarnings)
            Assert.DoesNotContain(Logger.Lines, line => line.Level >= LogLevel.Warning);
    }
}
