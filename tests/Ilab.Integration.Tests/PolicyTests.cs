using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>The policy while the service runs: changes, mistakes, quotas, and what the audit log has of it all.</summary>
public sealed class PolicyTests : IAsyncLifetime
{
    private const UnixFileMode Passable =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TestUser Alice = SharedMachine.People["alice"];

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new() { User = TestUser.CanBecomeAnother ? SharedMachine.Service : TestUser.Ordinary };

    private string Model => Path.Combine(_ilab.Root, "m.gguf");

    public Task InitializeAsync()
    {
        foreach (var folder in new[] { Path.GetDirectoryName(_ilab.Root)!, _ilab.Root })
        {
            File.SetUnixFileMode(folder, Passable);
        }

        RandomTransformer.Write(Model, new TransformerShape());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Fact]
    public async Task AServiceDoesNotStartWithAPolicyThatItCannotUse()
    {
        _ilab.WritePolicy("default = user", "", "default = boss", "see = all");
        using var service = _ilab.StartProgram(_ilab.Service, "--root", _ilab.Root);
        var error = await service.StandardError.ReadToEndAsync();
        await service.WaitForExitAsync();
        Assert.Equal(125, service.ExitCode);
        Assert.Contains("policy.conf:3: ", error, StringComparison.Ordinal);
        Assert.Contains("policy.conf:4: unknown setting see", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(static character => character == '\n'));
    }

    [Fact]
    public async Task NorWithOneThatOthersMayWriteTo()
    {
        _ilab.WritePolicy("default = none");
        File.SetUnixFileMode(Path.Combine(_ilab.Root, "config", "policy.conf"), Passable | UnixFileMode.OtherWrite);
        using var service = _ilab.StartProgram(_ilab.Service, "--root", _ilab.Root);
        var error = await service.StandardError.ReadToEndAsync();
        await service.WaitForExitAsync();
        Assert.Equal(125, service.ExitCode);
        Assert.Contains("only root and the service's user may own the policy file and write to it", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task AChangedPolicyIsInForceAndABrokenOneIsNot()
    {
        Require();
        Skip.If(IsHangUpIgnored(), "SIGHUP is ignored, as below nohup, which a service inherits");
        _ilab.WritePolicy("default = none");
        await _ilab.StartAsync();
        Assert.Contains("may not use this service", (await _ilab.RunAsync(Alice, "model", "ls")).Expect(125).Error, StringComparison.Ordinal);

        _ilab.WritePolicy("default = user");
        await HangUpAsync("Read the policy");
        (await _ilab.RunAsync(Alice, "model", "ls")).Expect(0);

        _ilab.WritePolicy("default = nonsense");
        Assert.Contains("policy.conf:1:", await HangUpAsync("the previous one stays in force"), StringComparison.Ordinal);
        (await _ilab.RunAsync(Alice, "model", "ls")).Expect(0);

        // Without a signal: within a second of the next call.
        _ilab.WritePolicy("default = none # again");
        var started = Stopwatch.GetTimestamp();
        while ((await _ilab.RunAsync(Alice, "model", "ls")).ExitCode == 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience);
        }
    }

    [SkippableFact]
    public async Task QuotasAreRefusedWithTheirNumbersAndTheWayOut()
    {
        Require();
        await using var hub = await ScriptedHub.StartAsync();
        var over = new TaskCompletionSource();
        var url = hub.Put("/m.gguf", Encoding.UTF8.GetBytes("GGUF"));
        hub.Misbehave(
            "/m.gguf",
            async (_, _) =>
            {
                await over.Task;
                return false;
            }
        );
        _ilab.WritePolicy("default = trainer", "role.trainer.disk = 100K", "role.trainer.jobs = 1", "role.trainer.memory = 1%");
        await _ilab.StartAsync("--memory-limit", "512M");
        try
        {
            (await _ilab.RunAsync("model", "import", Model, "--name", "base")).Expect(0); // the service's user has no quota
            await RefusedAsync("of at most 0.1 MB on disk are used, and this needs", "model", "import", Model, "--name", "mine");
            await RefusedAsync("of at most 0.1 MB on disk are used, and this needs", "model", "tag", "base", "mine");
            await RefusedAsync("needs", "model", "load", "base");
            (await _ilab.RunAsync(Alice, "model", "download", url.ToString(), "-d")).Expect(0);
            await RefusedAsync("1 of at most 1 jobs are queued or running", "model", "download", url.ToString(), "-d");
        }
        finally
        {
            over.SetResult();
        }
    }

    [SkippableFact]
    public async Task TheAuditLogSaysWhoDidWhatAndWhatCameOfIt()
    {
        Require();
        _ilab.WritePolicy("default = user", "audit.reads = off");
        await _ilab.StartAsync();
        (await _ilab.RunAsync("model", "import", Model, "--name", "base")).Expect(0);
        (await _ilab.RunAsync(Alice, "model", "ls")).Expect(0);
        (await _ilab.RunAsync(Alice, "model", "tag", "base", "mine")).Expect(0);
        (await _ilab.RunAsync(Alice, "model", "rm", "base")).Expect(125);
        (await _ilab.RunAsync(Alice, "system", "prune", "--force")).Expect(125);
        var path = Path.Combine(_ilab.Root, "store", "audit.log");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        string[] calls =
        [
            .. from line in await File.ReadAllLinesAsync(path)
            let entry = JsonDocument.Parse(line).RootElement
            where entry.GetProperty("uid").GetUInt32() == Alice.Id
            select $"{Text(entry, "method")} {Text(entry, "object")}: {Text(entry, "outcome")}, {Text(entry, "role")}, {Text(entry, "from")}",
        ];
        var from = "user, unix:" + _ilab.Socket;
        Assert.Equal(
            [
                $"ilab.v1.ModelService/Tag source=base target=mine: ok, {from}",
                $"ilab.v1.ModelService/Remove reference=base: PermissionDenied, {from}",
                $"ilab.v1.SystemService/Prune : PermissionDenied, {from}",
            ],
            calls
        );
        var shown = (await _ilab.RunAsync("system", "audit", "--filter", "outcome=PermissionDenied", "--format", "{{.Uid}} {{.Method}}")).Expect(0).Output;
        Assert.Equal($"{Alice.Id} ilab.v1.ModelService/Remove\n{Alice.Id} ilab.v1.SystemService/Prune\n", shown);
    }

    private static void Require() => Skip.IfNot(TestUser.CanBecomeAnother, TestUser.NeedsRoot);

    private static bool IsHangUpIgnored()
    {
        const string Ignored = "SigIgn:";
        var mask = File.ReadLines("/proc/self/status").First(static line => line.StartsWith(Ignored, StringComparison.Ordinal))[Ignored.Length..];
        return (Convert.ToUInt64(mask.Trim(), 16) & 1) != 0; // signal 1 is the lowest bit
    }

    private static string? Text(JsonElement entry, string name) => entry.GetProperty(name).GetString();

    /// <summary>Sends SIGHUP, and returns what the service says then.</summary>
    private async Task<string> HangUpAsync(string answer)
    {
        using var kill = Process.Start("kill", ["-HUP", $"{_ilab.ServicePid}"]);
        await kill.WaitForExitAsync();
        return await _ilab.LogLineAsync(answer);
    }

    private async Task RefusedAsync(string answer, params string[] command)
    {
        var result = (await _ilab.RunAsync(Alice, command)).Expect(125);
        Assert.Contains(answer, result.Error, StringComparison.Ordinal);
        Assert.Contains("an admin can raise the quota", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(static character => character == '\n'));
    }
}
