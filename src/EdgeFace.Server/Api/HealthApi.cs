using EdgeFace.Core;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFace.Server.Api;

/// <summary>For supervisors and load balancers; without a key, and without saying anything about the store.</summary>
internal static class HealthApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => Results.Text("ok\n"));
        routes.MapGet("/readyz", async (IGalleryStore store, CancellationToken cancellation) =>
        {
            try
            {
                await store.StateAsync(cancellation);
                return Results.Text("ready\n");
            }
            catch (InputException)
            {
                return Results.Text("the store cannot be used\n", statusCode: StatusCodes.Status503ServiceUnavailable);
            }
        });
    }
}
