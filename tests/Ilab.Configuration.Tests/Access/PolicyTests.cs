using Ilab.Configuration.Access;

namespace Ilab.Configuration.Tests.Access;

/// <summary>What a policy file says, and what is said about one that cannot be used.</summary>
public sealed class PolicyTests
{
    private const uint Service = 900;

    [Fact]
    public void WithoutAFileTheServicesUserAndRootAreAdminsAndAllOthersUsers()
    {
        var policy = Policy.Default;
        Assert.Equal(
            (Role.Admin, Role.Admin, Role.User),
            (policy.RoleOf(Service, [], Service), policy.RoleOf(0, [], Service), policy.RoleOf(1000, [1000], Service))
        );
        Permission[] granted = [.. Enum.GetValues<Permission>().Where(permission => policy.May(Role.User, permission))];
        Assert.Equal([Permission.Open, Permission.Look, Permission.Run, Permission.Own], granted);
        Assert.All(Enum.GetValues<Permission>(), permission => Assert.True(policy.May(Role.Admin, permission)));
        Assert.Equal([Permission.Open], Enum.GetValues<Permission>().Where(permission => policy.May(Role.None, permission)));
    }

    [Fact]
    public void AUserLineIsStrongerThanGroupsAndTheHighestGroupCounts()
    {
        var policy = Read("default = none", "group.50 = user", "group.51 = trainer", "user.1000 = none # on leave", "user.root = user");
        Assert.Equal(Role.None, policy.RoleOf(1000, [51], Service));
        Assert.Equal(Role.Trainer, policy.RoleOf(1001, [50, 51, 52], Service));
        Assert.Equal(Role.User, policy.RoleOf(1001, [50], Service));
        Assert.Equal(Role.None, policy.RoleOf(1001, [52], Service));
        Assert.Equal(Role.Admin, policy.RoleOf(0, [], Service)); // whatever the file says: root could change it
    }

    [Fact]
    public void QuotasOfAUserReplaceThoseOfTheRole()
    {
        var policy = Read("role.user.disk = 10G", "role.user.jobs = 2", "role.user.memory = 25%", "user.1000.jobs = 5", "role.admin.requests = 100");
        Assert.Equal(
            new Limits
            {
                Disk = 10L << 30,
                Jobs = 2,
                Memory = 0.25,
            },
            policy.LimitsOf(1001, Role.User)
        );
        Assert.Equal(
            new Limits
            {
                Disk = 10L << 30,
                Jobs = 5,
                Memory = 0.25,
            },
            policy.LimitsOf(1000, Role.User)
        );
        Assert.Equal(new Limits { Requests = 100 }, policy.LimitsOf(1001, Role.Admin));
        Assert.Equal(new Limits(), policy.LimitsOf(1001, Role.Trainer));
    }

    [Fact]
    public void WhatRolesMayAndWhatOthersSeeCanBeChosen()
    {
        var policy = Read(
            "role.user.may = look, run, import",
            "see.models = own",
            "see.jobs = all",
            "http.loopback = user",
            "audit.reads = off",
            "audit.size = 1M",
            "audit.files = 2"
        );
        Assert.True(policy.May(Role.User, Permission.Import));
        Assert.False(policy.May(Role.User, Permission.Own));
        Assert.True(policy.May(Role.Trainer, Permission.Train));
        Assert.Equal((false, false, true, false), (policy.SharesModels, policy.SharesDatasets, policy.SharesJobs, policy.AuditsReads));
        Assert.Equal((1L << 20, 2, Role.User), (policy.AuditSize, policy.AuditFiles, policy.HttpLoopback));
    }

    [Theory]
    [InlineData("what is this", "expected name = value")]
    [InlineData("default = owner", "\"owner\" is not one of none, user, trainer, admin")]
    [InlineData("user.nobody-of-that-name = user", "no such user: nobody-of-that-name")]
    [InlineData("certificate.ann = nobody-of-that-name", "no such user: nobody-of-that-name")]
    [InlineData("group.no-group-of-that-name = user", "no such group: no-group-of-that-name")]
    [InlineData("role.admin.may = look", "unknown setting role.admin.may")]
    [InlineData("role.user.may = manage", "\"manage\" is not one of look, run, own, import, train")]
    [InlineData("role.user.disk = much", "\"much\" is not a size such as 512M or 8G")]
    [InlineData("role.user.rpm = many", "\"many\" is not an integer from 0 to 1073741824")]
    [InlineData("role.user.memory = 150%", "\"150%\" is not a share such as 50%")]
    [InlineData("role.user.jobs = -1", "\"-1\" is not an integer from 0")]
    [InlineData("role.user.speed = 1", "unknown setting role.user.speed")]
    [InlineData("see.everything = all", "unknown setting see.everything")]
    [InlineData("audit.reads = maybe", "\"maybe\" is not one of on, off")]
    [InlineData("disk = 5G", "unknown setting disk")]
    public void EveryProblemNamesFileAndLine(string line, string problem)
    {
        var (_, problems) = PolicyReader.Read("/etc/ilab/policy.conf", ["# who may do what", "default = user", "", line, line.Replace('=', '?')]);
        Assert.StartsWith("/etc/ilab/policy.conf:4: ", problems[0], StringComparison.Ordinal);
        Assert.Contains(line.StartsWith("default", StringComparison.Ordinal) ? "already set in line 2" : problem, problems[0], StringComparison.Ordinal);
        Assert.StartsWith("/etc/ilab/policy.conf:5: expected name = value", problems[1], StringComparison.Ordinal);
        if (line.StartsWith("default", StringComparison.Ordinal))
        {
            Assert.Contains(problem, Assert.Single(PolicyReader.Read("p", [line]).Problems), StringComparison.Ordinal);
        }
    }

    private static Policy Read(params string[] lines)
    {
        var (policy, problems) = PolicyReader.Read("policy.conf", lines);
        Assert.Empty(problems);
        return policy;
    }
}
