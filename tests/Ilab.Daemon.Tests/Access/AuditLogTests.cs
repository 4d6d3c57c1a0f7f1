using Ilab.Configuration.Paths;
using Ilab.Configuration.Service;
using Ilab.Daemon.Access;
using Ilab.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Daemon.Tests.Access;

/// <summary>The audit log on disk: rotation by size, private files, and no lost line.</summary>
public sealed class AuditLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServiceOptions _options;

    public AuditLogTests()
    {
        var path = Path.Combine(_folder.Path, "policy.conf");
        File.WriteAllLines(path, ["audit.size = 4K", "audit.files = 3"]);
        _options = new ServiceOptions { Paths = RuntimePaths.UnderRoot(_folder.Path) with { StoreDirectory = _folder.Path }, PolicyPath = path };
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OldFilesAreRotatedAndTheOldestAreRemoved()
    {
        using (var log = Open())
        {
            Add(log, 0, 30);
            Assert.Equal(Enumerable.Range(0, 30), log.Read().Select(static entry => entry.Record.Pid)); // nothing lost where two files meet
            Add(log, 30, 200);
        }

        string[] files = [.. Directory.GetFiles(_folder.Path, "audit.log*").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];
        Assert.Equal(["audit.log", "audit.log.1", "audit.log.2", "audit.log.3"], files);
        Assert.All(
            files.Select(name => new FileInfo(Path.Combine(_folder.Path, name))),
            static file => Assert.Equal((true, UnixFileMode.UserRead | UnixFileMode.UserWrite), (file.Length <= 4096, file.UnixFileMode))
        );
        using var again = Open();
        int[] left = [.. again.Read().Select(static entry => entry.Record.Pid)];
        Assert.Equal(229, left[^1]);
        Assert.Equal(Enumerable.Range(left[0], left.Length), left);
    }

    [Fact]
    public void ALineThatWasCutOffIsSkippedAndTheNextOnesFollow()
    {
        using (var log = Open())
        {
            Add(log, 0, 2);
        }

        File.AppendAllText(Path.Combine(_folder.Path, "audit.log"), "{\"time\":\"2026-01-0\n");
        using var again = Open();
        Add(again, 2, 1);
        Assert.Equal([0, 1, 2], again.Read().Select(static entry => entry.Record.Pid));
    }

    [Fact]
    public void WhatCannotBeWrittenIsWrittenLater()
    {
        using var log = Open();
        var blocked = Path.Combine(_folder.Path, "audit.log");
        Directory.CreateDirectory(blocked);
        Add(log, 0, 3);
        Directory.Delete(blocked);
        Add(log, 3, 1);
        Assert.Equal([0, 1, 2, 3], log.Read().Select(static entry => entry.Record.Pid));
    }

    private static void Add(AuditLog log, int first, int count)
    {
        foreach (var number in Enumerable.Range(first, count))
        {
            log.Add(new AuditRecord { Pid = number, Method = "ilab.v1.ModelService/Remove" });
        }
    }

    private AuditLog Open() => new(_options, new PolicyFile(_options, TimeProvider.System, NullLogger<PolicyFile>.Instance), NullLogger<AuditLog>.Instance);
}
