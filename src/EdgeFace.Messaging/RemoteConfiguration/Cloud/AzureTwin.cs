using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.RemoteConfiguration.Cloud;

/// <summary>
/// The device twin of Azure IoT Hub over MQTT 3.1.1 (learn.microsoft.com: iot-hub-mqtt-support). The twin's desired properties are the
/// desired document itself, <c>{version, settings}</c> or signed; without <c>version</c> the twin's <c>$version</c> is taken. The hub
/// notifies of changes only, so the whole is asked for at every connection and whenever a change was missed.
/// </summary>
public sealed class AzureTwin : ICloudMapping
{
    private const string Response = "$iothub/twin/res/";
    private const string Desired = "$iothub/twin/PATCH/properties/desired/";
    private const string Reported = "$iothub/twin/PATCH/properties/reported/";

    private readonly CloudReport _report = new();
    private JsonObject? _desired;
    private long _version = -1;
    private long _request;
    private long _get = -1;
    private long _patch = -1;

    public IReadOnlyList<string> Filters { get; } = [Response + "#", Desired + "#"];

    public CloudStep Connected()
    {
        _version = -1;
        _patch = -1;
        _report.Forget();
        return Ask();
    }

    public CloudStep Receive(MqttMessage message)
    {
        if (message.Topic.StartsWith(Response, StringComparison.Ordinal))
            return Answered(message);
        return message.Topic.StartsWith(Desired, StringComparison.Ordinal) ? Changed(message) : CloudStep.Nothing;
    }

    public CloudStep Report(ReadOnlySpan<byte> document)
    {
        _report.Want(document);
        return new(Flush());
    }

    public CloudStep Poll()
    {
        if (_get >= 0)
            return Ask();
        if (_patch < 0)
            return new(Flush());
        // The hub did not answer: what it holds is asked for before anything is told again.
        _patch = -1;
        _report.Forget();
        return Ask();
    }

    private CloudStep Ask()
    {
        _get = ++_request;
        return new([new CloudMessage($"$iothub/twin/GET/?$rid={_get}", [])]);
    }

    private CloudStep Answered(MqttMessage message)
    {
        var rest = message.Topic[Response.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !int.TryParse(rest.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var status) || Property(rest, "$rid") is not { } request)
            return CloudStep.Nothing;
        if (request == _get)
            return status == 200 ? Whole(message) : CloudStep.Trouble($"the hub answers {status} to the request for the twin; asked again later");
        if (request != _patch)
            return CloudStep.Nothing;
        _patch = -1;
        if (status is 200 or 204)
            return new(Flush());
        _report.Forget();
        // The next poll asks anew: at once would be answered alike.
        _get = 0;
        return CloudStep.Trouble($"the hub answers {status} to the reported properties; told again later");
    }

    private CloudStep Whole(MqttMessage message)
    {
        if (CloudReport.Parse(message.Payload.Span) is not { } twin)
            return CloudStep.Trouble("the twin is not a JSON object");
        _get = -1;
        // Older descriptions have both inside of "properties".
        var properties = twin["properties"] as JsonObject ?? twin;
        _report.Learn(WithoutMarks(properties["reported"] as JsonObject ?? []));
        return Take(properties["desired"] as JsonObject ?? [], Flush());
    }

    private CloudStep Changed(MqttMessage message)
    {
        if (CloudReport.Parse(message.Payload.Span) is not { } patch || (Property(message.Topic, "$version") ?? Number(patch, "$version")) is not { } version)
            return CloudStep.Trouble("a change of the desired properties cannot be read");
        if (_desired is null || _get >= 0 || version > _version + 1)
            return Ask();
        if (version <= _version)
            return CloudStep.Nothing;
        var whole = (JsonObject)MergePatch.Apply(_desired, WithoutMarks(patch))!;
        whole["$version"] = version;
        return Take(whole, []);
    }

    private CloudStep Take(JsonObject desired, CloudMessage[] send)
    {
        _version = Number(desired, "$version") ?? _version;
        var plain = WithoutMarks(desired);
        var isNew = !JsonNode.DeepEquals(plain, _desired);
        _desired = plain;
        if (!isNew || plain.Count == 0)
            return new(send);
        var document = (JsonObject)plain.DeepClone();
        if (!document.ContainsKey("version") && !document.ContainsKey("signature"))
            document["version"] = _version;
        return new(send, JsonSerializer.SerializeToUtf8Bytes(document));
    }

    // One at a time: the hub counts requests, and an answer then is that of the last.
    private CloudMessage[] Flush()
    {
        if (_patch >= 0 || _report.Take() is not { } patch)
            return [];
        _patch = ++_request;
        return [new CloudMessage($"{Reported}?$rid={_patch}", JsonSerializer.SerializeToUtf8Bytes(patch))];
    }

    private static JsonObject WithoutMarks(JsonObject properties)
        => new(properties.Where(property => !property.Key.StartsWith('$')).Select(property => KeyValuePair.Create(property.Key, property.Value?.DeepClone())));

    private static long? Property(string topic, string name)
    {
        var bag = topic.IndexOf('?', StringComparison.Ordinal);
        foreach (var pair in bag < 0 ? [] : topic[(bag + 1)..].Split('&'))
        {
            if (pair.StartsWith(name + "=", StringComparison.Ordinal) && long.TryParse(pair.AsSpan(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                return value;
        }

        return null;
    }

    private static long? Number(JsonObject document, string name) => document[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
