using Ilab.Configuration.Paths;
using Ilab.Configuration.Service;
using Ilab.Daemon.Access;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Daemon.Tests.Access;

/// <summary>What users may have whose jobs ask models: what the policy says now.</summary>
public sealed class JobRightsTests : IDisposable
{
    private const uint Nobody = uint.MaxValue; // requests of this machine without a token
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LimitsAreThoseOfThePolicy()
    {
        var rights = Rights(
            "default = user",
            "user.4001 = trainer",
            "see.models = own",
            "role.user.disk = 5M",
            "role.user.requests = 2",
            "user.4001.requests = 1",
            "http.loopback = user"
        );
        var user = rights.Of(new Caller(4002, IsAdmin: true));
        Assert.Equal((false, false, 2), (user.Caller.IsAdmin, user.Caller.SeesModels, user.MostRequests)); // an admin then, and not now
        Assert.Equal(user.Caller.MostDisk, rights.Of(new Caller(Nobody, IsAdmin: false)).Caller.MostDisk);
        Assert.NotNull(user.Caller.MostDisk);

        var trainer = rights.Of(new Caller(4001, IsAdmin: false));
        Assert.Null(trainer.Caller.MostDisk);
        Assert.Equal(1, trainer.MostRequests);
        using (trainer.BeginRequest())
        {
            Assert.Equal(ErrorKind.QuotaExceeded, Assert.Throws<EngineException>(() => rights.Of(new Caller(4001, IsAdmin: false)).BeginRequest()).Kind);
        }

        trainer.BeginRequest().Dispose();
        Assert.True(rights.Of(Caller.Service).Caller.IsAdmin);
        Assert.False(rights.Of(Caller.Service with { IsAdmin = false }).Caller.IsAdmin); // submitted with a token that had less
    }

    [Theory]
    [InlineData("default = none", 4001, false)]
    [InlineData("role.user.may = look", 4001, false)]
    [InlineData("http.loopback = none", Nobody, false)]
    [InlineData("http.loopback = user", Nobody, true)]
    [InlineData("default = user", 4001, true)]
    public void WhoMayNotAskModelsAnyMoreIsRefused(string policy, uint uid, bool may)
    {
        var user = Rights(policy).Of(new Caller(uid, IsAdmin: false));
        var refused = Record.Exception(user.RequireRun) as EngineException;
        Assert.Equal(may ? null : ErrorKind.PermissionDenied, refused?.Kind);
    }

    private JobRights Rights(params string[] policy)
    {
        var file = Path.Combine(_folder.Path, "policy.conf");
        File.WriteAllLines(file, policy);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var options = new ServiceOptions { Paths = RuntimePaths.UnderRoot(_folder.Path), PolicyPath = file };
        return new JobRights(
            new PolicyFile(options, TimeProvider.System, NullLogger<PolicyFile>.Instance),
            new OpenRequests(),
            new Lazy<Quotas>(static () => throw new InvalidOperationException())
        );
    }
}
