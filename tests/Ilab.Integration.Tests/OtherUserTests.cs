using System.Diagnostics;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A service of root and a client of nobody: nothing is read with rights that the caller does not have.</summary>
public sealed class OtherUserTests : IAsyncLifetime
{
    private const string Nobody = "65534";
    private const UnixFileMode Everybody =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;
    private const UnixFileMode Open =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly IlabInstallation _ilab = new();

    private static bool CanBeAnother => Environment.UserName == "root" && File.Exists("/usr/bin/setpriv");

    public async Task InitializeAsync()
    {
        if (!CanBeAnother)
        {
            return;
        }

        _ilab.WritePolicy($"user.{Nobody} = trainer");
        await _ilab.StartAsync();
        foreach (var folder in new[] { Path.GetDirectoryName(_ilab.Root)!, _ilab.Root, Path.Combine(_ilab.Root, "run") })
        {
            File.SetUnixFileMode(folder, Everybody);
        }

        File.SetUnixFileMode(_ilab.Socket, Open);
    }

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [SkippableFact]
    public async Task AFileThatOnlyTheCallerMayReadIsSent()
    {
        Require();
        var file = Own(Model("mine/m.gguf"));
        var result = (await AsNobodyAsync("model", "import", file, "--name", "mine")).Expect(0);
        Assert.Equal("mine:latest\n", result.Output);
        Assert.Contains("upload:m.gguf", (await _ilab.RunAsync("model", "inspect", "mine")).Expect(0).Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task AFolderThatOnlyTheCallerMayReadIsSentWithAllItsParts()
    {
        Require();
        var files = Enumerable.Range(1, 3).Select(part => Own(Model($"closed/big-{part:00000}-of-00003.gguf", part))).ToArray();
        var license = Path.Combine(Path.GetDirectoryName(files[0])!, "LICENSE");
        await File.WriteAllTextAsync(license, "do what you like");
        Own(license);
        (await AsNobodyAsync("model", "import", Path.GetDirectoryName(files[0])!)).Expect(0);
        (await _ilab.RunAsync("model", "import", Path.GetDirectoryName(files[0])!, "--name", "as-root")).Expect(0);
        string[] ids = ["model", "inspect", "--format", "{{.Digest}}"];
        Assert.Equal((await _ilab.RunAsync([.. ids, "as-root"])).Expect(0).Output, (await _ilab.RunAsync([.. ids, "big"])).Expect(0).Output);
        (await AsNobodyAsync("model", "import", files[1], "--name", "by-part")).Expect(0);
    }

    /// <summary>A runner opens its model later than it was checked, with the service's rights: until then a path may have become another file.</summary>
    [SkippableFact]
    public async Task ACheckpointOfAnotherUserIsSentAndNotReadByItsPath()
    {
        Require();
        var file = Own(Model("mine/open.gguf"));
        File.SetUnixFileMode(file, Everybody);
        File.SetUnixFileMode(Path.GetDirectoryName(file)!, Everybody);
        (await AsNobodyAsync("model", "inference", "--checkpoint", file, "--prompt", "a", "--max-length", "2")).Expect(0);
        var runner = (await _ilab.RunAsync("model", "ps", "--format", "{{.Runner}}")).Expect(0).Output.Trim();
        var spec = await File.ReadAllTextAsync(Path.Combine(_ilab.Root, "run", "runners", runner, "spec"));
        Assert.Contains("/store/", spec, StringComparison.Ordinal);
        Assert.DoesNotContain("/mine/", spec, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("link.gguf")]
    [InlineData("linked folder/m.gguf")]
    public async Task AFileThatTheCallerMayNotReadIsRefused(string through)
    {
        Require();
        var file = Model("roots/m.gguf");
        File.SetUnixFileMode(Path.GetDirectoryName(file)!, Everybody);
        var path = file;
        if (through.StartsWith("linked", StringComparison.Ordinal))
        {
            // The file itself is open to all, its folder is not.
            File.SetUnixFileMode(file, Open);
            Directory.CreateSymbolicLink(Path.Combine(_ilab.Root, "linked folder"), Path.GetDirectoryName(file)!);
            File.SetUnixFileMode(Path.GetDirectoryName(file)!, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            path = Path.Combine(_ilab.Root, through);
        }
        else
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
            if (through.Length > 0)
            {
                path = Path.Combine(_ilab.Root, through);
                File.CreateSymbolicLink(path, file);
            }
        }

        var result = await AsNobodyAsync("model", "import", path);
        Assert.Contains(result.ExitCode, (int[])[125, 127]); // what lies in a closed folder is not even seen
        Assert.Equal(1, result.Error.Count(static character => character == '\n'));
        Assert.Contains(path, result.Error, StringComparison.Ordinal);
        Assert.Empty((await _ilab.RunAsync("model", "ls", "-q")).Expect(0).Output);
    }

    [SkippableFact]
    public async Task AModelfileThatOnlyTheCallerMayReadIsSentAndCanNameStoredModels()
    {
        Require();
        (await _ilab.RunAsync("model", "import", Model("roots/m.gguf"), "--name", "base")).Expect(0);
        var file = Path.Combine(Path.GetDirectoryName(Own(Model("mine/m.gguf")))!, "Modelfile");
        await File.WriteAllTextAsync(file, "FROM base\nSYSTEM be brief\n");
        Assert.Equal("terse:latest\n", (await AsNobodyAsync("model", "import", Own(file), "--name", "terse")).Expect(0).Output);
        await File.WriteAllTextAsync(file, "FROM ./m.gguf\nSYSTEM be brief\n");
        var refused = await AsNobodyAsync("model", "import", Own(file), "--name", "other");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("Modelfile, line 1: FROM ./m.gguf", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, refused.Error.Count(static character => character == '\n'));
    }

    [SkippableFact]
    public async Task ASocketThatTheCallerMayNotUseIsNamedWithItsMode()
    {
        Require();
        File.SetUnixFileMode(_ilab.Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var result = (await AsNobodyAsync("model", "ls")).Expect(125);
        Assert.Contains($"{_ilab.Socket} (mode 600)", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(static character => character == '\n'));
    }

    [SkippableFact]
    public async Task APipeIsNotAModel()
    {
        Require();
        var pipe = Path.Combine(_ilab.Root, "pipe.gguf");
        using (var make = Process.Start("mkfifo", [pipe]))
        {
            await make.WaitForExitAsync();
        }

        Assert.Contains("neither a file nor a directory", (await _ilab.RunAsync("model", "import", pipe)).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("neither a file nor a directory", (await _ilab.RunAsync("model", "import", "/dev/zero")).Expect(2).Error, StringComparison.Ordinal);
    }

    private static void Require() => Skip.IfNot(CanBeAnother, "needs root and setpriv to be another user");

    private string Model(string name, int seed = 1)
    {
        var path = Path.Combine(_ilab.Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        RandomLlama.Write(path, LlamaShape.Smallest, "small", seed);
        return path;
    }

    /// <summary>The caller's own, closed to all others; its folder too.</summary>
    private static string Own(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var change = Process.Start("chown", [$"{Nobody}:{Nobody}", file, folder]);
        change.WaitForExit();
        return file;
    }

    private async Task<CommandResult> AsNobodyAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("setpriv", ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", _ilab.Client, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ILAB_ROOT"] = _ilab.Root;
        start.Environment["ILAB_NO_AUTOSTART"] = "1";
        start.Environment.Remove("HOME");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await error);
    }
}
