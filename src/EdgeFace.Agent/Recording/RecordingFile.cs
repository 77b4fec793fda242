using System.IO.Compression;
using System.Text.Json;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Gallery;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Recording;

/// <summary>A recording as a file: a ZIP of <c>recording.json</c> and the aligned faces as PNG.</summary>
internal static class RecordingFile
{
    public const string Extension = ".efvisit";
    private const string Document = "recording.json";
    private const int MaxDocumentBytes = 1 << 20;
    private const int MaxPictureBytes = 1 << 20;

    /// <summary>Writes a recording aside and renames it; readable by the owner alone.</summary>
    public static void Write(string path, VisitRecording recording)
    {
        PrivateFile.Write(path, file =>
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
            using (var document = zip.CreateEntry(Document).Open())
                JsonSerializer.Serialize(document, recording, RecordingJson.Default.VisitRecording);
            for (var i = 0; i < recording.Faces.Count; i++)
            {
                using var entry = zip.CreateEntry(recording.Faces[i].Picture, CompressionLevel.NoCompression).Open();
                entry.Write(PngWriter.Encode(recording.Pictures[i]));
            }
        });
    }

    /// <exception cref="InputException">The file is not a recording, or a broken one.</exception>
    public static VisitRecording Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such file; recordings are *{Extension} in the recordings folder.");
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var recording = JsonSerializer.Deserialize(Entry(zip, Document, MaxDocumentBytes), RecordingJson.Default.VisitRecording)
                ?? throw new InvalidDataException("an empty document");
            if (recording.Schema != VisitRecording.SchemaId)
                throw new InputException($"{path}: a recording of the form '{recording.Schema}', this version reads {VisitRecording.SchemaId}.");
            if (recording.Faces is null or { Count: > VisitRecorder.MaxFaces } || recording.Policy is not { NearestTemplates: <= IGallerySearch.MostNearest } || recording.Event is not { Models: not null, Gallery: not null })
                throw new InvalidDataException($"{Document} lacks a part, asks for more than {IGallerySearch.MostNearest} templates, or lists more than {VisitRecorder.MaxFaces} faces");
            var pictures = new List<Frame>(recording.Faces.Count);
            foreach (var face in recording.Faces)
                pictures.Add(Picture(zip, face?.Picture ?? throw new InvalidDataException($"{Document} lists a face without a picture")));
            return recording with { Pictures = pictures };
        }
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException or JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: not a readable recording ({exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}).", exception);
        }
    }

    private static Frame Picture(ZipArchive zip, string name)
    {
        try
        {
            return PictureReader.Decode(Entry(zip, name, MaxPictureBytes), name);
        }
        catch (InputException exception)
        {
            throw new InvalidDataException(exception.Message, exception);
        }
    }

    private static byte[] Entry(ZipArchive zip, string name, int limit)
    {
        var entry = zip.GetEntry(name) ?? throw new InvalidDataException($"{name} is missing");
        if (entry.Length > limit)
            throw new InvalidDataException($"{name} is larger than {limit} bytes");
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
