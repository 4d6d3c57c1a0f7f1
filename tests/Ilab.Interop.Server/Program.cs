using System.Globalization;
using System.Net;
using Ilab.Interop.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;

// usage: Ilab.Interop.Server --socket PATH | --port N
if (args is not ["--socket" or "--port", var where])
{
    Console.Error.WriteLine("usage: Ilab.Interop.Server --socket PATH | --port N");
    return 2;
}

await using var app = InteropHost.Build(kestrel =>
{
    if (args[0] == "--socket")
    {
        kestrel.ListenUnixSocket(where, static listen => listen.Protocols = HttpProtocols.Http2);
    }
    else
    {
        kestrel.Listen(IPAddress.Loopback, int.Parse(where, CultureInfo.InvariantCulture), static listen => listen.Protocols = HttpProtocols.Http2);
    }
});
await app.StartAsync();
Console.WriteLine("ready");
await app.WaitForShutdownAsync();
return 0;
