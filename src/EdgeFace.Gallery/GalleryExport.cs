using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeFace.Gallery;

/// <summary>The gallery as a document. It holds names: whoever writes it to a file must keep the file from others.</summary>
/// <param name="Format">Version of this document, <see cref="CurrentFormat"/>.</param>
/// <param name="Revision">Of the gallery.</param>
/// <param name="ExportedAt">UTC.</param>
/// <param name="People">In the order of their names.</param>
public sealed record GalleryExport(int Format, long Revision, DateTimeOffset ExportedAt, IReadOnlyList<ExportedPerson> People)
{
    public const int CurrentFormat = 1;

    /// <summary>Writes indented JSON, UTF-8, with a line break at the end.</summary>
    public void WriteTo(Stream stream)
    {
        JsonSerializer.Serialize(stream, this, GalleryExportContext.Default.GalleryExport);
        stream.WriteByte((byte)'\n');
    }

    internal static GalleryExport Read(GalleryRows rows, DateTimeOffset now, bool includeVectors)
    {
        var templates = new Dictionary<Guid, List<ExportedTemplate>>();
        for (long last = 0; rows.Page(last, person: null) is { Count: > 0 } page; last = page[^1].Key)
        {
            foreach (var (_, template) in page)
            {
                if (!templates.TryGetValue(template.PersonId, out var list))
                    templates.Add(template.PersonId, list = []);
                list.Add(ExportedTemplate.From(template, includeVectors));
            }
        }

        var people = rows.List().ConvertAll(summary => new ExportedPerson(
            summary.Person.Id, summary.Person.Name, summary.Person.CreatedAt, templates.GetValueOrDefault(summary.Person.Id) ?? []) { Threshold = summary.Person.Threshold });
        return new GalleryExport(CurrentFormat, rows.Revision, now, people);
    }
}

/// <summary>A person in a <see cref="GalleryExport"/>; fields as in <see cref="Person"/>.</summary>
public sealed record ExportedPerson(Guid Id, string Name, DateTimeOffset CreatedAt, IReadOnlyList<ExportedTemplate> Templates)
{
    /// <summary>Their own; absent when they have none.</summary>
    public float? Threshold { get; init; }

    /// <summary>The id alone.</summary>
    public override string ToString() => $"Person {Id}";
}

/// <summary>A template in a <see cref="GalleryExport"/>; fields as in <see cref="Template"/>.</summary>
/// <param name="Id">Of the template.</param>
/// <param name="ModelId">The space that the vector is of.</param>
/// <param name="Dimension">Values of the vector.</param>
/// <param name="Quality">0..1.</param>
/// <param name="Sigma">0 or more; absent when the model gives none.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="Vector">The values as 32-bit floats, little-endian, in JSON as base64; absent unless asked for.</param>
public sealed record ExportedTemplate(
    Guid Id, string ModelId, int Dimension, float Quality, float? Sigma, string Source, DateTimeOffset CreatedAt, byte[]? Vector)
{
    /// <summary>The id alone.</summary>
    public override string ToString() => $"Template {Id}";

    internal static ExportedTemplate From(Template template, bool includeVectors)
    {
        var embedding = template.Embedding;
        return new ExportedTemplate(
            template.Id, embedding.ModelId, embedding.Dimension, template.Quality, template.Sigma, template.Source,
            template.CreatedAt, includeVectors ? VectorBlob.Write(embedding.Values) : null);
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GalleryExport))]
internal sealed partial class GalleryExportContext : JsonSerializerContext;
