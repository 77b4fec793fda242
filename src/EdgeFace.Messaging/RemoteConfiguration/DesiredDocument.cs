using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core;

namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>
/// A desired document as it comes from the broker: <c>{"version": 7, "settings": {...}}</c>, or signed
/// <c>{"payload": "...", "signature": "...", "key_id": "..."}</c>, whose payload is the text of such a document with the
/// name of the device it is meant for.
/// </summary>
/// <param name="Version">The document's; 0 when it could not be read.</param>
/// <param name="Settings">Null when there are faults.</param>
/// <param name="Faults">All that is wrong with it.</param>
public sealed record DesiredDocument(long Version, VersionedSettings? Settings, IReadOnlyList<SettingFault> Faults)
{
    /// <summary>Largest document, bytes.</summary>
    public const int MaxBytes = 256 << 10;

    /// <summary>Largest version: what every JSON reader takes for a whole number.</summary>
    public const long MaxVersion = (1L << 53) - 1;

    /// <summary>Name of a device that stands for all of them.</summary>
    public const string AnyDevice = "*";

    private const int MaxDepth = 24;

    /// <summary>Reads a document; never throws for what it holds.</summary>
    public static DesiredDocument Read(ReadOnlySpan<byte> bytes, KeyRing keys, string device)
    {
        var faults = new List<SettingFault>();
        if (Parse(bytes, "", faults) is not { } document)
            return new(0, null, faults);
        if (!document.ContainsKey("payload"))
            return ReadPlain(document, signed: false, device, faults);
        return ReadSigned(document, keys, faults) is { } payload
            ? ReadPlain(payload, signed: true, device, faults)
            : new(0, null, faults);
    }

    private static DesiredDocument ReadPlain(JsonObject document, bool signed, string device, List<SettingFault> faults)
    {
        CheckMembers(document, signed ? ["version", "settings", "device"] : ["version", "settings"], faults);
        var version = ReadVersion(document, faults);
        var settings = document["settings"] as JsonObject;
        if (settings is null)
            faults.Add(new("settings", "must be given, an object with the settings that differ from the file configuration"));
        // A signature holds for the devices it was made for, or an old document of one device could be played to another.
        if (signed && (document["device"] is not JsonValue name || !name.TryGetValue<string>(out var meant) || (meant != device && meant != AnyDevice)))
            faults.Add(new("device", $"the signed document must be for '{device}', or for '{AnyDevice}'", ConfigurationCode.Forbidden));
        return faults.Count > 0 ? new(version, null, faults) : new(version, new(version, settings!.ToJsonString(), signed), faults);
    }

    private static JsonObject? ReadSigned(JsonObject envelope, KeyRing keys, List<SettingFault> faults)
    {
        CheckMembers(envelope, ["payload", "signature", "key_id"], faults);
        var payload = Text(envelope, "payload", faults);
        var signature = Text(envelope, "signature", faults);
        var keyId = Text(envelope, "key_id", faults);
        if (faults.Count > 0)
            return null;
        if (keys.WhyNotSigned(keyId!, Encoding.UTF8.GetBytes(payload!), signature!) is { } reason)
        {
            faults.Add(new("signature", reason, ConfigurationCode.Forbidden));
            return null;
        }

        return Parse(Encoding.UTF8.GetBytes(payload!), "payload", faults);
    }

    private static JsonObject? Parse(ReadOnlySpan<byte> bytes, string path, List<SettingFault> faults)
    {
        if (bytes.Length > MaxBytes)
        {
            faults.Add(new(path, $"{bytes.Length} bytes are too many, at most {MaxBytes}"));
            return null;
        }

        try
        {
            if (StrictJson.Parse(bytes, MaxDepth) is JsonObject document)
                return document;
            faults.Add(new(path, "must be a JSON object"));
        }
        catch (InvalidOperationException)
        {
            faults.Add(new(path, "holds a text that is not valid Unicode"));
        }
        catch (JsonException exception)
        {
            faults.Add(new(path, exception.LineNumber is null ? "not valid JSON: a name stands twice in one object" : $"not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}"));
        }

        return null;
    }

    private static void CheckMembers(JsonObject document, ReadOnlySpan<string> known, List<SettingFault> faults)
    {
        foreach (var (name, _) in document)
        {
            if (!known.Contains(name))
                faults.Add(new(name, $"is not known here; known are {string.Join(", ", known!)}"));
        }
    }

    private static long ReadVersion(JsonObject document, List<SettingFault> faults)
    {
        if (document["version"] is JsonValue value && value.TryGetValue<long>(out var version) && version is >= 1 and <= MaxVersion)
            return version;
        faults.Add(new("version", $"must be a whole number from 1 to {MaxVersion}"));
        return 0;
    }

    private static string? Text(JsonObject document, string name, List<SettingFault> faults)
    {
        if (document[name] is JsonValue value && value.TryGetValue<string>(out var text))
            return text;
        faults.Add(new(name, "must be a text"));
        return null;
    }
}
