using Google.Protobuf.Reflection;
using Ilab.Api.V1;
using Ilab.Configuration.Access;
using Ilab.Daemon.Access;
using Ilab.Daemon.Startup;
using Ilab.Http;

namespace Ilab.Daemon.Tests.Access;

/// <summary>Every call of every service has a declared permission.</summary>
public sealed class CallRulesTests
{
    private static readonly string[] Methods =
    [
        .. from type in typeof(ModelsReflection).Assembly.GetTypes()
        where type.Name.EndsWith("Reflection", StringComparison.Ordinal)
        let descriptor = type.GetProperty("Descriptor")?.GetValue(null) as FileDescriptor
        where descriptor is not null
        from service in descriptor.Services
        from method in service.Methods
        select $"/{service.FullName}/{method.Name}",
    ];

    [Fact]
    public void NoCallIsWithoutAPermission()
    {
        Assert.True(Methods.Length > 45);
        Assert.Empty(Methods.Except(CallRules.All.Keys));
    }

    [Fact]
    public void HealthKnowsEveryService() =>
        Assert.Equal(
            Methods.Select(static method => method.Split('/')[1]).Distinct().Order(StringComparer.Ordinal),
            DaemonProgram.Services.Select(static service => service.FullName).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void NoRuleIsOfACallThatDoesNotExist() =>
        Assert.Empty(CallRules.All.Keys.Where(static name => name.StartsWith("/ilab.", StringComparison.Ordinal)).Except(Methods));

    [Fact]
    public void EveryHttpEndpointHasARuleAndNoRuleIsOfAnother() =>
        Assert.Equal(
            HttpApi.Operations.Order(StringComparer.Ordinal),
            CallRules.All.Keys.Where(static name => !name.StartsWith('/')).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void OnlyTheVersionHealthAndReflectionAreOpen() =>
        Assert.Equal(
            ["/ilab.v1.SystemService/Version"],
            CallRules.All.Where(static rule => rule.Value.Permission == Permission.Open).Select(static rule => rule.Key).Where(Methods.Contains)
        );

    [Fact]
    public void WhatChangesSomethingIsNeverLeftOutOfTheAuditLog()
    {
        string[] reads =
        [
            "List",
            "Inspect",
            "Exists",
            "Read",
            "ReadBatch",
            "Watch",
            "Metrics",
            "Wait",
            "Info",
            "Version",
            "DiskUsage",
            "Events",
            "Audit",
            "ListLoaded",
            "Activity",
            "Check",
            "Lint",
            "Migrate",
            "Expand",
            "Plan",
            "Next",
            "show",
        ];
        var unmarked = CallRules
            .All.Where(static rule => !rule.Value.Changes && rule.Value.Permission != Permission.Open)
            .Where(static rule => !rule.Key.StartsWith("GET ", StringComparison.Ordinal))
            .Select(static rule => rule.Key[(rule.Key.LastIndexOf('/') + 1)..]);
        Assert.Empty(unmarked.Except(reads));
    }
}
