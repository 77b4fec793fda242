using System.Text.Json;

namespace EdgeFace.Gallery.Tests;

public sealed class GalleryExportTests
{
    [Fact]
    public void People_and_templates_are_exported_without_vectors_unless_asked_for()
    {
        using var gallery = new GalleryFixture();
        var bea = gallery.Store.Enroll("Bea", [GalleryFixture.Face(1, 8, sigma: 0.5f), GalleryFixture.Face(2, 8)]);
        gallery.Store.AddPerson("Al");

        var document = Written(gallery.Store.Export());
        Assert.Equal((1, 2L), (document.GetProperty("format").GetInt32(), document.GetProperty("revision").GetInt64()));
        Assert.Equal(["Al", "Bea"], document.GetProperty("people").EnumerateArray().Select(person => person.GetProperty("name").GetString()));
        var person = document.GetProperty("people")[1];
        Assert.Equal(bea.Id, person.GetProperty("id").GetGuid());
        Assert.Equal(bea.CreatedAt, person.GetProperty("created_at").GetDateTimeOffset());
        var templates = person.GetProperty("templates");
        Assert.Equal(2, templates.GetArrayLength());
        Assert.Equal(0.5f, templates[0].GetProperty("sigma").GetSingle());
        Assert.False(templates[1].TryGetProperty("sigma", out _));
        Assert.Equal((GalleryFixture.Model, 8), (templates[0].GetProperty("model_id").GetString(), templates[0].GetProperty("dimension").GetInt32()));
        Assert.False(templates[0].TryGetProperty("vector", out _));

        var vector = Written(gallery.Store.Export(includeVectors: true)).GetProperty("people")[1].GetProperty("templates")[1].GetProperty("vector");
        var values = new float[8];
        VectorBlob.Read(vector.GetBytesFromBase64(), values);
        Assert.Equal(GalleryFixture.Face(2, 8).Embedding.Values.ToArray(), values, (x, y) => MathF.Abs(x - y) < 1e-6f);
    }

    private static JsonElement Written(GalleryExport export)
    {
        using var stream = new MemoryStream();
        export.WriteTo(stream);
        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }
}
