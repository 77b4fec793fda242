using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace EdgeFace.Agent.Configuration;

/// <summary>JSON Schema (2020-12) of the configuration, made from the options types: types, ranges, and what a change from afar means.</summary>
internal static class SettingsSchema
{
    public const string RestartKeyword = "x-restart-required";
    public const string RemoteKeyword = "x-remote";

    public static JsonObject Create()
    {
        var schema = SettingsReader.JsonOptions.GetJsonSchemaAsNode(typeof(AgentOptions), new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = Transform,
        }).AsObject();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "EdgeFace configuration");
        foreach (var (path, traits) in SettingCatalog.All)
            Mark(Find(schema, path), traits);
        return schema;
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
            return node;
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object)
            AddObject(schema, context.TypeInfo);
        if (context.PropertyInfo?.AttributeProvider is { } member)
        {
            foreach (var attribute in member.GetCustomAttributes(inherit: true))
                AddAttribute(schema, attribute);
        }

        return schema;
    }

    private static void AddObject(JsonObject schema, JsonTypeInfo type)
    {
        schema["additionalProperties"] = false;
        string[] required = [.. type.Properties
            .Where(property => property.AttributeProvider!.GetCustomAttributes(typeof(RequiredAttribute), inherit: true).Length > 0)
            .Select(property => property.Name)];
        if (required.Length > 0)
            schema["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
    }

    private static void AddAttribute(JsonObject schema, object attribute)
    {
        switch (attribute)
        {
            case DescriptionAttribute description:
                schema["description"] = description.Description;
                break;
            case RangeAttribute range:
                schema["minimum"] = JsonValue.Create(Convert.ToDouble(range.Minimum, System.Globalization.CultureInfo.InvariantCulture));
                schema["maximum"] = JsonValue.Create(Convert.ToDouble(range.Maximum, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case RangeOrZeroAttribute range:
                schema["anyOf"] = new JsonArray(
                    new JsonObject { ["const"] = 0 },
                    new JsonObject { ["type"] = "integer", ["minimum"] = range.Minimum, ["maximum"] = range.Maximum });
                break;
            case StringLengthAttribute length:
                schema["minLength"] = length.MinimumLength;
                schema["maxLength"] = length.MaximumLength;
                break;
            case RegularExpressionAttribute form:
                schema["pattern"] = form.Pattern;
                break;
            case MaxLengthAttribute length:
                schema["maxItems"] = length.Length;
                break;
            case MinLengthAttribute length:
                schema["minItems"] = length.Length;
                break;
        }
    }

    private static void Mark(JsonObject schema, SettingTraits traits)
    {
        schema[RemoteKeyword] = JsonNamingPolicy.SnakeCaseLower.ConvertName(traits.Access.ToString());
        if (traits.RestartRequired)
            schema[RestartKeyword] = true;
    }

    private static JsonObject Find(JsonObject schema, string path)
    {
        foreach (var name in path.Split('.'))
            schema = schema["properties"]![name]!.AsObject();
        return schema;
    }
}
