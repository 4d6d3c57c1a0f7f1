using Ilab.Client.Connections;

namespace Ilab.Client.Tests.Connections;

public sealed class ConnectionSecurityTests
{
    [Theory]
    [InlineData("tcp://host:1", false, EndpointScheme.Tcp)]
    [InlineData("tcp://host:1", true, EndpointScheme.Https)]
    [InlineData("https://host:1", false, EndpointScheme.Https)]
    public void TlsIsUsedWhereTheAddressOrAnOptionSaysSo(string url, bool withAuthority, EndpointScheme scheme)
    {
        var endpoint = Endpoint.Parse(url, null, new ConnectionSecurity(Authorities: withAuthority ? "ca.pem" : null, TokenFile: "token"));
        Assert.Equal((scheme, "host", 1, "token"), (endpoint.Scheme, endpoint.Host, endpoint.Port, endpoint.Security.TokenFile));
    }

    [Fact]
    public void AnAddressOfSixteenBytesIsReadAndWritten()
    {
        var endpoint = Endpoint.Parse("https://[::1]:8001");
        Assert.Equal(("::1", "https://[::1]:8001"), (endpoint.Host, endpoint.ToString()));
    }

    [Fact]
    public void WhatIsGivenGoesBeforeWhatIsKept()
    {
        var kept = new ConnectionSecurity("ca", "cert", "key", "token");
        Assert.Equal(kept, ConnectionSecurity.None.Or(kept));
        // Its key is not that of another certificate.
        Assert.Equal(new ConnectionSecurity("ca", "mine", null, "token"), new ConnectionSecurity(Certificate: "mine").Or(kept));
        Assert.Equal(kept with { TokenFile = "mine" }, new ConnectionSecurity(TokenFile: "mine").Or(kept));
    }

    [Fact]
    public void ConnectionsKeepTheirFiles()
    {
        var folder = Directory.CreateTempSubdirectory("ilab-connections-").FullName;
        try
        {
            var file = new ConnectionsFile(folder);
            var list = new ConnectionList(
                [new NamedConnection("far", "https://host:1") { Security = new("ca", "cert", null, "token") }, new("near", "unix:///a")],
                "far"
            );
            file.Write(list);
            Assert.Equal(list.Connections, file.Read().Connections);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
