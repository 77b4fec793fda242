using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.RemoteConfiguration.Cloud;

/// <summary>
/// The device shadow of AWS IoT (docs.aws.amazon.com/iot/latest/developerguide: device-shadow-mqtt, device-shadow-document). The shadow's
/// desired state is the desired document itself, <c>{version, settings}</c> or signed; the reported state is the reported one. A delta
/// only says that something differs: what is desired as a whole is then asked for.
/// </summary>
public sealed class AwsShadow : ICloudMapping
{
    private const int NoShadow = 404;

    private readonly string _prefix;
    private readonly CloudReport _report = new();
    private JsonNode? _desired;
    private long _version = -1;
    private int _token;
    private bool _asked;

    /// <param name="thing">Name of the thing.</param>
    /// <param name="shadow">Name of the shadow; null for the classic one.</param>
    public AwsShadow(string thing, string? shadow)
    {
        _prefix = shadow is null ? $"$aws/things/{thing}/shadow" : $"$aws/things/{thing}/shadow/name/{shadow}";
        Filters = [$"{_prefix}/get/accepted", $"{_prefix}/get/rejected", $"{_prefix}/update/delta", $"{_prefix}/update/rejected"];
    }

    public IReadOnlyList<string> Filters { get; }

    public CloudStep Connected()
    {
        // Another connection may be to another shadow: nothing of the last one counts.
        _version = -1;
        _report.Forget();
        return Ask();
    }

    public CloudStep Receive(MqttMessage message)
    {
        if (CloudReport.Parse(message.Payload.Span) is not { } document)
            return CloudStep.Trouble($"{message.Topic}: not a JSON object");
        if (!message.Topic.StartsWith(_prefix, StringComparison.Ordinal))
            return CloudStep.Nothing;
        return message.Topic[_prefix.Length..] switch
        {
            "/get/accepted" => Whole(document),
            "/get/rejected" => Refused(document),
            "/update/delta" => Number(document, "version") is { } version && version < _version ? CloudStep.Nothing : Ask(),
            "/update/rejected" => NotTaken(document),
            _ => CloudStep.Nothing,
        };
    }

    public CloudStep Report(ReadOnlySpan<byte> document)
    {
        _report.Want(document);
        return new(Flush());
    }

    public CloudStep Poll() => _asked ? Ask() : new(Flush());

    private CloudStep Ask()
    {
        _asked = true;
        return new([new CloudMessage($"{_prefix}/get", [])]);
    }

    private CloudStep Whole(JsonObject document)
    {
        _asked = false;
        _version = Math.Max(_version, Number(document, "version") ?? 0);
        var state = document["state"] as JsonObject;
        _report.Learn(state?["reported"] as JsonObject);
        var desired = state?["desired"];
        // What was refused still differs, and every report brings another delta: the same is not judged again and again.
        var isNew = desired is JsonObject && !JsonNode.DeepEquals(desired, _desired);
        _desired = desired?.DeepClone();
        return new(Flush(), isNew ? JsonSerializer.SerializeToUtf8Bytes(desired) : null);
    }

    private CloudStep Refused(JsonObject document)
    {
        if (Number(document, "code") != NoShadow)
            return CloudStep.Trouble(Complaint("get", document));
        _asked = false;
        _report.Learn(null);
        return new(Flush());
    }

    private CloudStep NotTaken(JsonObject document)
    {
        // What the shadow holds is not what was believed.
        _report.Forget();
        _asked = true;
        return CloudStep.Trouble(Complaint("update", document));
    }

    private CloudMessage[] Flush() => _report.Take() is { } patch
        ? [new CloudMessage($"{_prefix}/update", JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["state"] = new JsonObject { ["reported"] = patch },
            ["clientToken"] = string.Create(CultureInfo.InvariantCulture, $"edgeface-{++_token}"),
        }))]
        : [];

    private static string Complaint(string what, JsonObject document)
        => $"the shadow refuses the {what}: {document["code"]?.ToJsonString()} {document["message"]?.ToJsonString()}";

    private static long? Number(JsonObject document, string name) => document[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
