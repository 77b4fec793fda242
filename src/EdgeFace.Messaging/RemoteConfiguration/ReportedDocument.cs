using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeFace.Messaging.RemoteConfiguration;

/// <summary>What the device answers, retained.</summary>
public static class ReportedDocument
{
    // The text goes to brokers and people, never into HTML.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>UTF-8 JSON after <c>config-reported.schema.json</c>.</summary>
    /// <param name="state">What became of the last document.</param>
    /// <param name="settings">All settings in force, secrets taken out.</param>
    public static byte[] Write(ConfigurationState state, JsonObject settings)
    {
        var document = new JsonObject
        {
            ["version"] = state.AnsweredVersion,
            ["applied_version"] = state.Current.Version,
            ["status"] = new JsonObject
            {
                ["code"] = state.Status.Code,
                ["description"] = state.Status.Description,
                ["errors"] = new JsonArray([.. state.Status.Errors.Select(Fault)]),
            },
            ["settings"] = settings.DeepClone(),
            ["restart_required"] = new JsonArray([.. state.RestartRequired.Select(path => (JsonNode)path)]),
            ["applied_at"] = state.AppliedAt?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
        };
        return JsonSerializer.SerializeToUtf8Bytes(document, Json);
    }

    private static JsonNode Fault(SettingFault fault) => new JsonObject
    {
        ["path"] = fault.Path,
        ["code"] = fault.Code,
        ["message"] = fault.Message,
    };
}
