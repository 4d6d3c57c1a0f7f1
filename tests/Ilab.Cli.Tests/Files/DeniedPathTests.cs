using System.Diagnostics;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Testing;

namespace Ilab.Cli.Tests.Files;

/// <summary>Denied paths end a command with one line. Root is denied nothing, so that root's tests run the client as nobody.</summary>
public sealed class DeniedPathTests : IDisposable
{
    private const UnixFileMode Closed = UnixFileMode.None;
    private const UnixFileMode Open = (UnixFileMode)0b111_101_101; // rwxr-xr-x
    private const string AsNobody = "setpriv --reuid 65534 --regid 65534 --clear-groups";

    private readonly ClientProcess _client = new();
    private readonly string _prefix = Environment.UserName == "root" ? AsNobody + " " : "";

    public DeniedPathTests() => File.SetUnixFileMode(_client.Directory, Open);

    public void Dispose()
    {
        foreach (var folder in Directory.GetDirectories(_client.Directory))
        {
            File.SetUnixFileMode(folder, Open);
        }

        _client.Dispose();
    }

    [SkippableFact]
    public async Task ADeniedFileOrDirectoryIsOneLine()
    {
        Skip.If(_prefix.Length > 0 && !NobodyCanRunTheClient(), "nobody may not run the client in this checkout");
        var secret = Path.Combine(_client.Directory, "secret.yaml");
        await File.WriteAllTextAsync(secret, "x");
        File.SetUnixFileMode(secret, Closed);
        var folder = Directory.CreateDirectory(Path.Combine(_client.Directory, "closed")).FullName;
        File.SetUnixFileMode(folder, Closed);

        await ExpectAsync($"{secret}: permission denied; you need read access as user ", "data", "mix", "--recipe", secret, "--name", "x");
        await ExpectAsync($"{folder}: permission denied", "tax", "check", folder);
        var result = await _client.ShellAsync($"HOME={folder} exec {_prefix}\"$@\"", "system", "connection", "add", "a", "tcp://h:1");
        Assert.Equal(
            (125, $"Error: {folder}/.config/models/connections.json: permission denied in {folder}/.config/models; choose a directory that you may write to\n"),
            (result.ExitCode, result.Error)
        );
    }

    private async Task ExpectAsync(string problem, params string[] arguments)
    {
        var result = await _client.ShellAsync($"exec {_prefix}\"$@\"", arguments);
        Assert.Equal(125, result.ExitCode);
        Assert.StartsWith($"Error: {problem}", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    private static bool NobodyCanRunTheClient()
    {
        using var process = Process.Start(
            new ProcessStartInfo("sh", ["-c", $"{AsNobody} \"$0\" --version >/dev/null 2>&1", TestPaths.BuildOutput("Ilab.Cli", "ilab")])
        )!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
