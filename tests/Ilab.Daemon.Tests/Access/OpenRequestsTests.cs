using Ilab.Configuration.Access;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;

namespace Ilab.Daemon.Tests.Access;

/// <summary>The quota of requests at the same time.</summary>
public sealed class OpenRequestsTests
{
    private static readonly Policy Two = new() { RoleLimits = new Dictionary<Role, Limits> { [Role.User] = new Limits { Requests = 2 } } };

    [Fact]
    public void EachUserHasSoManyAtOnce()
    {
        var requests = new OpenRequests();
        var first = requests.Begin(Of(4001));
        using var second = requests.Begin(Of(4001));
        var error = Assert.Throws<EngineException>(() => requests.Begin(Of(4001)));
        Assert.Equal((ErrorKind.QuotaExceeded, "2 of at most 2 requests to models are running"), (error.Kind, error.Message));
        using var other = requests.Begin(Of(4002));
        first.Dispose();
        first.Dispose(); // counts once
        using var third = requests.Begin(Of(4001));
        Assert.Throws<EngineException>(() => requests.Begin(Of(4001)));
    }

    private static Identity Of(uint uid) => new(new PeerIdentity(1, uid, uid), Role.User, Two);
}
