using System.Diagnostics;
using System.Globalization;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A service of a user for whom permissions count: from a fresh store to a finished job, however it was started.</summary>
public sealed class EveryUserTests : IAsyncLifetime
{
    private const string Activate = "/usr/bin/systemd-socket-activate";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new() { User = TestUser.Ordinary };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [SkippableFact]
    public async Task AFreshStoreServesAndTrains()
    {
        Require();
        await _ilab.StartAsync("--threads", "1");
        await UseAsync();
        Assert.Equal("660 " + OwnerOf(_ilab.Socket), Stat("%a %u:%g", _ilab.Socket));
        Assert.Equal("750", Stat("%a", Path.GetDirectoryName(_ilab.Socket)!)); // the group's way to the socket
        string[] closed = ["store/ilab.db", "store/jobs", "run/runners"];
        Assert.All(closed, name => Assert.EndsWith("00", Stat("%a", Path.Combine(_ilab.Root, name)), StringComparison.Ordinal));
        AssertFoldersAreUsable();
        Assert.DoesNotContain("Repaired", _ilab.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ASocketThatAManagerMadeServesAndTrains()
    {
        Require();
        Skip.IfNot(File.Exists(Activate), "systemd-socket-activate is not there");
        MakeRuntimeFolder();
        using var listener = _ilab.StartProgram(Activate, "-l", _ilab.Socket, _ilab.Service, "--root", _ilab.Root, "--threads", "1");
        await listener.StandardError.ReadLineAsync(); // "Listening on ..."
        _ = listener.StandardError.ReadToEndAsync();
        var made = Stat("%a %u:%g", _ilab.Socket);
        await UseAsync();
        Assert.Equal(made, Stat("%a %u:%g", _ilab.Socket));
        AssertFoldersAreUsable();
        (await _ilab.RunAsync("system", "stop")).Expect(0);
        using var deadline = new CancellationTokenSource(Patience);
        await listener.WaitForExitAsync(deadline.Token);
    }

    [SkippableFact]
    public async Task TheFirstCommandInAFreshHomeStartsTheService()
    {
        Require();
        var (home, temporary) = (Folder("home"), Folder("tmp"));
        (string, string?)[] environment =
        [
            ("HOME", home),
            ("TMPDIR", temporary),
            ("ILAB_ROOT", null),
            ("ILAB_NO_AUTOSTART", null),
            ("XDG_RUNTIME_DIR", null),
            ("XDG_DATA_HOME", null),
            ("XDG_CONFIG_HOME", null),
        ];
        var model = Model();
        (await _ilab.RunWithAsync("", environment, "model", "import", model, "--name", "base")).Expect(0);
        (await _ilab.RunWithAsync("", environment, "model", "inference", "--model-name", "base", "--prompt", "a", "--max-length", "2")).Expect(0);
        Assert.True(Directory.Exists(Path.Combine(home, ".local/share/models/content/blobs/sha256")));
        AssertFoldersAreUsable();
        (await _ilab.RunWithAsync("", environment, "system", "stop")).Expect(0);
    }

    [SkippableFact]
    public async Task AStoreWithFoldersThatOnlyRootCouldUseIsRepaired()
    {
        Require();
        await _ilab.StartAsync("--threads", "1");
        await UseAsync();
        (await _ilab.RunAsync("model", "load", "base")).Expect(0);
        var runner = Assert.Single(Runners());
        await _ilab.KillAsync();
        var broken = Folders("store").Concat(Folders("run")).Order(StringComparer.Ordinal).ToArray();
        var foreign = new[] { "store/mine", "store/content/mine", "store/jobs/mine" }.Select(Folder).ToArray();
        foreach (var folder in broken.Concat(foreign).OrderByDescending(static path => path.Length))
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await _ilab.StartAsync("--threads", "1");
        await SayAsync("tuned");
        Assert.Equal(runner, Assert.Single(Runners()));
        await TrainAsync("again");
        AssertUsable(broken);
        Assert.All(foreign, static folder => Assert.Equal("600", Stat("%a", folder)));
        Assert.Single(_ilab.Log.Split('\n'), line => line.Contains($"Repaired {broken.Length} directories", StringComparison.Ordinal));
    }

    private static void Require() => Skip.IfNot(TestUser.IsOrdinaryOrCanBecome, TestUser.NeedsRoot);

    /// <summary>Import, an answer, a training, an answer of what was trained.</summary>
    private async Task UseAsync()
    {
        (await _ilab.RunAsync("model", "import", Model(), "--name", "base")).Expect(0);
        await SayAsync("base");
        await TrainAsync("tuned");
        await SayAsync("tuned");
    }

    private async Task SayAsync(string model) =>
        (await _ilab.RunAsync("model", "inference", "--model-name", model, "--prompt", "a", "--max-length", "2")).Expect(0);

    private async Task TrainAsync(string name)
    {
        var data = Path.Combine(_ilab.Root, "data.jsonl");
        await File.WriteAllTextAsync(data, """{"prompt":"The sea is","completion":" blue."}""" + "\n");
        (await _ilab.RunAsync("model", "train", "base", "--data", data, "--tag", name, "--rank", "4", "--steps", "2", "--batch-size", "1")).Expect(0);
    }

    private string Model()
    {
        var path = Path.Combine(_ilab.Root, "base.gguf");
        RandomTransformer.Write(path, new TransformerShape());
        return path;
    }

    private string Folder(string name)
    {
        var path = Directory.CreateDirectory(Path.Combine(_ilab.Root, name)).FullName;
        _ilab.User?.Own(path);
        return path;
    }

    /// <summary>As a manager does before it creates the socket.</summary>
    private void MakeRuntimeFolder() => Folder("run");

    private string[] Runners() => Directory.GetDirectories(Path.Combine(_ilab.Root, "run", "runners"));

    private string[] Folders(string name)
    {
        var top = Path.Combine(_ilab.Root, name);
        return [top, .. Directory.GetDirectories(top, "*", SearchOption.AllDirectories)];
    }

    private void AssertFoldersAreUsable() => AssertUsable(Folders("."));

    private static void AssertUsable(IEnumerable<string> folders) =>
        Assert.All(folders, static folder => Assert.Equal(UnixFileMode.UserExecute, File.GetUnixFileMode(folder) & UnixFileMode.UserExecute));

    private string OwnerOf(string path) =>
        _ilab.User is { } user ? string.Create(CultureInfo.InvariantCulture, $"{user.Id}:{user.Group}") : Stat("%u:%g", Path.GetDirectoryName(path)!);

    private static string Stat(string format, string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["--format", format, path]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd().Trim();
    }
}
