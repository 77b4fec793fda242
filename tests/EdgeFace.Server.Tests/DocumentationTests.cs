using System.Text.Json.Serialization.Metadata;
using EdgeFace.Core.Configuration;
using EdgeFace.Server.Configuration;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>What the manual says is what the program does.</summary>
public sealed class DocumentationTests
{
    private static readonly string Manual = File.ReadAllText(Path.Combine(Repository.Root, "deploy/server.md"));

    [Fact]
    public void Every_setting_is_in_the_manual()
    {
        var missing = Settings(typeof(ServerOptions), "").Where(path =>
            !Manual.Contains($"`{path}`", StringComparison.Ordinal) && !Manual.Contains($"`{path.Split('.')[0]}.*`", StringComparison.Ordinal)).ToList();

        Assert.Empty(missing);
    }

    private static IEnumerable<string> Settings(Type type, string prefix) => SettingsReader.JsonOptions.GetTypeInfo(type).Properties.SelectMany(property =>
        SettingsReader.JsonOptions.GetTypeInfo(property.PropertyType).Kind == JsonTypeInfoKind.Object
            ? Settings(property.PropertyType, $"{prefix}{property.Name}.")
            : [prefix + property.Name]);
}
