using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeFace.Core;

/// <summary>Reads JSON that others sent: no name twice, no endless nesting, no text that is none.</summary>
public static class StrictJson
{
    /// <exception cref="JsonException">Not JSON, or a name stands twice in one object.</exception>
    /// <exception cref="InvalidOperationException">A text is not valid Unicode.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> bytes, int maxDepth = 32)
    {
        var node = JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
        // The parser decodes texts when they are asked for, and only then finds out that they are none.
        var reader = new Utf8JsonReader(bytes);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                reader.GetString();
        }

        return node;
    }
}
