using System.Net;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace EdgeFace.Server.Hosting;

/// <summary>Puts the server together: the one place that knows all of its parts.</summary>
internal static class ServerHost
{
    /// <param name="options">Validated.</param>
    /// <param name="store">Stays the caller's.</param>
    public static WebApplication Build(ServerOptions options, IGalleryStore store, TimeProvider time, Action<ILoggingBuilder> logging)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ApplicationName = "edgeface-server", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        logging(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var listen in options.Listen)
                kestrel.Listen(IPEndPoint.Parse(listen));
        });
        builder.Services.AddSingleton(options).AddSingleton(time).AddSingleton(store);
        AddBackground(builder.Services);
        var app = builder.Build();
        Map(app);
        return app;
    }

    /// <summary>What runs beside the requests.</summary>
    private static void AddBackground(IServiceCollection services)
    {
    }

    /// <summary>All addresses of the server.</summary>
    private static void Map(WebApplication app) => Api.HealthApi.Map(app);
}
