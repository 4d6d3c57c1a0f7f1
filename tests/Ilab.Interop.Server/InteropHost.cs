using Grpc.Testing;
using Ilab.Daemon.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ilab.Interop.Server;

/// <summary>The public test service on the service's own gRPC set-up, as a program and inside tests.</summary>
public static class InteropHost
{
    public static WebApplication Build(Action<KestrelServerOptions> listen, Action<ILoggingBuilder>? logging = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        logging?.Invoke(builder.Logging);
        builder.WebHost.ConfigureKestrel(listen);
        builder.Services.AddIlabGrpc();
        builder.Services.AddSingleton<InteropService>();
        var app = builder.Build();
        app.MapGrpcService<InteropService>();
        app.MapIlabGrpc(TestService.Descriptor);
        return app;
    }
}
