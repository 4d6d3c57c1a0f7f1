using System.Diagnostics;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A service for the members of a group, as the units set it up: its own user, the group <c>ilab</c>, a member, and somebody who is none.</summary>
public sealed class SharedServiceTests : IAsyncLifetime
{
    private const uint IlabGroup = 20100;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly TestUser Service = new(20101, IlabGroup);
    private static readonly TestUser Member = new(20102, 20102, IlabGroup);
    private static readonly TestUser Stranger = new(20103, 20103);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new() { User = TestUser.CanBecomeAnother ? Service : null };

    public Task InitializeAsync()
    {
        _ilab.WritePolicy($"group.{IlabGroup} = trainer");
        foreach (var folder in new[] { Path.GetDirectoryName(_ilab.Root)!, _ilab.Root })
        {
            File.SetUnixFileMode(folder, Passable);
        }

        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [SkippableFact]
    public async Task MembersOfTheGroupUseItAndNobodyElse()
    {
        Require();
        await _ilab.StartAsync("--threads", "1");
        await MemberUsesItAsync();
        await StrangerIsKeptOutAsync();
    }

    [SkippableFact]
    public async Task TheSameWithASocketThatTheManagerMade()
    {
        const string Tool = "/usr/bin/systemd-socket-activate";
        Require();
        Skip.IfNot(File.Exists(Tool), "systemd-socket-activate is not there");
        var run = Directory.CreateDirectory(Path.Combine(_ilab.Root, "run")).FullName;
        Service.Own(run);
        using var listener = _ilab.StartProgram(Tool, "-l", _ilab.Socket, _ilab.Service, "--root", _ilab.Root, "--threads", "1");
        await listener.StandardError.ReadLineAsync(); // "Listening on ..."
        _ = listener.StandardError.ReadToEndAsync();

        // What ilabd.socket says of its mode, which this tool cannot be told.
        File.SetUnixFileMode(_ilab.Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        await StrangerIsKeptOutAsync();
        await MemberUsesItAsync();
        (await _ilab.RunAsync("system", "stop")).Expect(0);
        using var deadline = new CancellationTokenSource(Patience);
        await listener.WaitForExitAsync(deadline.Token);
    }

    private static void Require() => Skip.IfNot(TestUser.CanBecomeAnother, TestUser.NeedsRoot);

    /// <summary>Import of a file that only the member may read, an answer and a job.</summary>
    private async Task MemberUsesItAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_ilab.Root, "the member's"), Private).FullName;
        var (model, data) = (Path.Combine(folder, "base.gguf"), Path.Combine(folder, "data.jsonl"));
        RandomTransformer.Write(model, new TransformerShape());
        await File.WriteAllTextAsync(data, """{"prompt":"The sea is","completion":" blue."}""" + "\n");
        Array.ForEach([folder, model, data], Member.Own);
        File.SetUnixFileMode(model, UnixFileMode.UserRead);
        File.SetUnixFileMode(data, UnixFileMode.UserRead);

        (await _ilab.RunAsync(Member, "model", "import", model, "--name", "base")).Expect(0);
        (await _ilab.RunAsync(Member, "model", "inference", "--model-name", "base", "--prompt", "a", "--max-length", "2")).Expect(0);
        string[] train = ["model", "train", "base", "--data", data, "--tag", "tuned", "--rank", "4", "--steps", "2", "--batch-size", "1"];
        (await _ilab.RunAsync(Member, train)).Expect(0);
        var names = (await _ilab.RunAsync(Member, "model", "ls", "--format", "{{.Name}}")).Expect(0).Output.TrimEnd().Split('\n');
        Assert.Equal(["base:latest", "tuned:latest"], names.Order());
    }

    private async Task StrangerIsKeptOutAsync()
    {
        var refused = (await _ilab.RunAsync(Stranger, "model", "ls")).Expect(125);
        Assert.Contains($"permission denied on the socket {_ilab.Socket}", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, refused.Error.Count(static character => character == '\n'));
        using var look = Process.Start(TestUser.Start(Stranger, "ls", [Path.Combine(_ilab.Root, "store")]));
        await look!.WaitForExitAsync();
        Assert.NotEqual(0, look.ExitCode);
    }
}
