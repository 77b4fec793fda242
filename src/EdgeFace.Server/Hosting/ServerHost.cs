using System.Net;
using EdgeFace.Server.Api;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Faces;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using EdgeFace.Server.Sync;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.FileProviders;

namespace EdgeFace.Server.Hosting;

/// <summary>Puts the server together: the one place that knows all of its parts.</summary>
internal static class ServerHost
{
    /// <param name="options">Validated.</param>
    /// <param name="store">Stays the caller's.</param>
    /// <exception cref="EdgeFace.Core.InputException">A certificate cannot be used.</exception>
    public static WebApplication Build(ServerOptions options, IGalleryStore store, TimeProvider time, Action<ILoggingBuilder> logging)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ApplicationName = "edgeface-server", ContentRootPath = AppContext.BaseDirectory });
        // Everything comes from the options: no environment variable changes what is listened on.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        logging(builder.Logging);
        using var loggers = LoggerFactory.Create(logging);
        var tls = options.Tls.CertificateFile is null ? null : new TlsEndpoint(options.Tls, time, loggers.CreateLogger<TlsEndpoint>());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options, tls));
        AddServices(builder.Services, options, store, time);
        AddBackground(builder.Services, options);
        var app = builder.Build();
        Use(app, options);
        Map(app);
        return app;
    }

    private static void AddServices(IServiceCollection services, ServerOptions options, IGalleryStore store, TimeProvider time)
    {
        services.AddSingleton(options).AddSingleton(time).AddSingleton(store);
        services.AddSingleton<FaceWorkshop>().AddSingleton<PersonRules>().AddSingleton<LastUse>().AddSingleton<Authentication>();
        services.AddRoutingCore().Configure<RouteOptions>(routes => routes.SetParameterPolicy<Microsoft.AspNetCore.Routing.Constraints.GuidRouteConstraint>("guid"));
        RequestLimits.Add(services, options.Limits);
        OpenApiDocument.Add(services);
        if (options.BehindProxy)
        {
            services.Configure<ForwardedHeadersOptions>(forwarded =>
            {
                forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
                // Nobody but the proxy reaches the server: that is what the setting says.
                forwarded.KnownProxies.Clear();
                forwarded.KnownIPNetworks.Clear();
            });
        }
    }

    /// <summary>What runs beside the requests.</summary>
    private static void AddBackground(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton<SyncDesk>().AddSingleton<AckDesk>().AddHostedService(provider => provider.GetRequiredService<AckDesk>());
        services.AddSingleton<UseDesk>().AddHostedService(provider => provider.GetRequiredService<UseDesk>());
        services.AddSingleton<Nudger>().AddHostedService(provider => provider.GetRequiredService<Nudger>());
        services.AddSingleton<Scrubber>().AddHostedService(provider => provider.GetRequiredService<Scrubber>());
        services.AddSingleton<Reembedding>().AddHostedService(provider => provider.GetRequiredService<Reembedding>());
        services.AddHostedService<Heartbeat>();
        services.AddSingleton<Expiry>().AddHostedService(provider => provider.GetRequiredService<Expiry>());
    }

    /// <summary>What every request passes, in this order.</summary>
    private static void Use(WebApplication app, ServerOptions options)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServerHost).Namespace!);
        app.Use(next => context => SecurityHeaders.SetAsync(context, next));
        app.Use(next => context => Problems.CatchAsync(context, next, logger));
        app.UseStatusCodePages(code => Problems.FillAsync(code.HttpContext));
        if (options.BehindProxy)
            app.UseForwardedHeaders();
        var page = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = page });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = page });
        app.UseRouting();
        app.UseMiddleware<Authentication>();
        app.UseRateLimiter();
    }

    /// <summary>All addresses of the server. Below /v1 each says which roles it is for; one that does not is closed.</summary>
    private static void Map(WebApplication app)
    {
        HealthApi.Map(app);
        PeopleApi.Map(app);
        PhotosApi.Map(app);
        DevicesApi.Map(app);
        AdminApi.Map(app);
        SyncApi.Map(app);
        app.MapOpenApi("/openapi/v1.json");
    }

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options, TlsEndpoint? tls)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = Bodies.MaxJsonBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        foreach (var address in options.Listen)
        {
            kestrel.Listen(IPEndPoint.Parse(address), listen =>
            {
                if (tls is not null)
                    listen.UseHttps(tls.Configure);
            });
        }
    }
}
