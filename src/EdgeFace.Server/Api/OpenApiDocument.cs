using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace EdgeFace.Server.Api;

/// <summary>The description of the API at /openapi/v1.json.</summary>
internal static class OpenApiDocument
{
    public static void Add(IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = Bodies.Json.PropertyNamingPolicy;
            foreach (var converter in Bodies.Json.Converters)
                json.SerializerOptions.Converters.Add(converter);
        });
        services.AddOpenApi("v1", options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "edgeface-server", Version = ServerVersion.Version,
                Description = "People, photos and boards. Every error is application/problem+json (RFC 9457).",
            };
            document.Servers?.Clear();
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["key"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A key of the role admin, operator or device." },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", document)] = [] }];
            return Task.CompletedTask;
        }));
    }

    /// <summary>Says what a body looks like; it is read strictly by <see cref="Bodies"/>.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, string type = "application/json")
        where T : notnull
        => route.Accepts<T>(type, type == "application/json" ? [] : ["application/json"]);
}
