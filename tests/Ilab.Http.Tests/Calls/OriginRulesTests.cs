using System.Net;
using Ilab.Http.Calls;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Tests.Calls;

/// <summary>Which web pages may call.</summary>
public sealed class OriginRulesTests
{
    private static readonly OriginRules Rules = new(new HttpApiOptions { Origins = ["https://chat.example.org"], Hosts = ["box.lan"] });

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("app.localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]", true)]
    [InlineData("192.168.1.5", true)]
    [InlineData("box.lan", true)]
    [InlineData("attacker.example", false)]
    [InlineData("localhost.attacker.example", false)]
    [InlineData("notlocalhost", false)]
    [InlineData("127.0.0.1.attacker.example", false)]
    [InlineData("", true)] // HTTP/1.0: no page can send it
    public void AHostIsAdmittedUnlessItIsSomebodysName(string host, bool admitted) => Assert.Equal(admitted, Rules.IsAdmittedHost(host));

    [Theory]
    [InlineData("http://localhost:5173", true)]
    [InlineData("https://127.0.0.1", true)]
    [InlineData("http://[::1]:3000", true)]
    [InlineData("https://chat.example.org", true)]
    [InlineData("https://chat.example.org.attacker.example", false)]
    [InlineData("http://localhost.attacker.example", false)]
    [InlineData("http://192.168.1.5", false)]
    [InlineData("null", false)]
    [InlineData("file://localhost", false)]
    public void AnOriginIsAdmittedIfItIsOfThisMachineOrInTheSettings(string origin, bool admitted) => Assert.Equal(admitted, Rules.IsAdmittedOrigin(origin));

    [Fact]
    public void APreflightNamesEveryHeaderThatWasAskedFor()
    {
        var context = Context("http://localhost:5173");
        context.Request.Method = "OPTIONS";
        context.Request.Headers.AccessControlRequestMethod = "POST";
        context.Request.Headers.AccessControlRequestHeaders = "authorization,x-stainless-lang";
        Assert.Null(Rules.Refusal(context));
        Assert.True(OriginRules.IsPreflight(context.Request));
        Assert.Equal("http://localhost:5173", context.Response.Headers.AccessControlAllowOrigin);
        Assert.Equal("authorization,x-stainless-lang", context.Response.Headers.AccessControlAllowHeaders);
        Assert.Contains("POST", context.Response.Headers.AccessControlAllowMethods.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void APageOfAnotherOriginIsRefusedAndCannotReadWhy()
    {
        var context = Context("https://attacker.example");
        Assert.Equal(403, Rules.Refusal(context)!.Status);
        Assert.Equal(0, context.Response.Headers.AccessControlAllowOrigin.Count);
    }

    [Fact]
    public void NamesAreNotCheckedOnOtherInterfaces()
    {
        var context = Context(null);
        context.Request.Host = new HostString("models.example.org");
        Assert.NotNull(Rules.Refusal(context));
        context.Connection.LocalIpAddress = IPAddress.Parse("192.168.1.5");
        Assert.Null(Rules.Refusal(context));
    }

    private static DefaultHttpContext Context(string? origin)
    {
        var context = new DefaultHttpContext();
        context.Connection.LocalIpAddress = IPAddress.Loopback;
        context.Request.Host = new HostString("localhost", 8000);
        context.Request.Headers.Origin = origin;
        return context;
    }
}
