using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>Ways to a service: over ssh, by name, by a long path, and what a shell completes.</summary>
public sealed class ReachTests(ServedModel served) : IClassFixture<ServedModel>
{
    private IlabInstallation Ilab => served.Ilab;

    [Fact]
    public async Task SshCarriesTheCallsAndOpensNoPort()
    {
        // In place of ssh: remembers what it was asked for and runs it here, as the other machine's shell would.
        var folder = Directory.CreateDirectory(Path.Combine(Ilab.Root, "ssh bin")).FullName;
        Script(
            Path.Combine(folder, "ssh"),
            $"printf '%s\\n' \"$@\" >'{folder}/asked'\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nPATH='{Path.GetDirectoryName(Ilab.Client)}':$PATH exec sh -c \"$*\""
        );
        (string, string?)[] environment = [("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}")];
        var url = $"ssh://ann@gpu:2222{Ilab.Socket.Replace(" ", "%20", StringComparison.Ordinal)}";
        Assert.Equal("tiny:latest\n", (await Ilab.RunWithAsync("", environment, "--url", url, "model", "ls", "-q")).Expect(0).Output);
        Assert.Contains("-p\n2222\nann@gpu\n--", await File.ReadAllTextAsync(Path.Combine(folder, "asked")), StringComparison.Ordinal);
        (await Ilab.RunWithAsync("", environment, "--url", url, "model", "inference", "--model-name", "tiny", "--prompt", "abc", "--max-length", "10")).Expect(
            0
        );

        Script(Path.Combine(folder, "ssh"), "echo 'ssh: connect to host gpu: Connection refused' >&2; exit 255");
        var refused = await Ilab.RunWithAsync("", environment, "--url", url, "model", "ls");
        Assert.Equal(125, refused.ExitCode);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARootWithALongPathHasAShortSocket()
    {
        await using var ilab = new IlabInstallation();
        var root = Path.Combine(ilab.Root, new string('d', 120));
        (string, string?)[] environment = [("ILAB_ROOT", root), ("ILAB_NO_AUTOSTART", null)];
        (await ilab.RunWithAsync("", environment, "model", "ls")).Expect(0);
        (await ilab.RunWithAsync("", environment, "system", "stop")).Expect(0);
    }

    [Fact]
    public async Task ConnectionsAreNamedChosenAndForgotten()
    {
        (await Ilab.RunAsync("system", "connection", "add", "here", $"unix://{Ilab.Socket}")).Expect(0);
        (await Ilab.RunAsync("system", "connection", "add", "gone", "unix:///nowhere/x.sock")).Expect(0);
        Assert.Equal("tiny:latest\n", (await Ilab.RunAsync("-c", "here", "model", "ls", "-q")).Expect(0).Output);
        (await Ilab.RunAsync("-c", "gone", "model", "ls")).Expect(125);
        (await Ilab.RunAsync("-c", "nobody", "model", "ls")).Expect(127);
        (await Ilab.RunWithAsync("", [("ILAB_HOST", "unix:///nowhere/y.sock")], "model", "ls")).Expect(125);
        (await Ilab.RunAsync("system", "connection", "default", "gone")).Expect(0);
        Assert.Contains(
            "gone",
            (await Ilab.RunAsync("system", "connection", "ls", "--format", "{{.Name}} {{.Default}}"))
                .Expect(0)
                .Output.Split('\n')
                .Single(static line => line.EndsWith("true", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
        Assert.Equal("gone\n", (await Ilab.RunAsync("system", "connection", "rm", "gone")).Expect(0).Output);
        (await Ilab.RunAsync("system", "connection", "rm", "gone")).Expect(127);
    }

    [Theory]
    [InlineData("ilab mod", "model")]
    [InlineData("ilab model inf", "inference")]
    [InlineData("ilab model ls --for", "--format")]
    [InlineData("ilab model rm ti", "tiny:latest")]
    [InlineData("ilab model rm tiny:la", "latest")]
    [InlineData("ilab model rm ", "tiny:latest")]
    [InlineData("ilab model inference --model-name ti", "tiny:latest")]
    public async Task BashCompletes(string line, string expected)
    {
        var path = Path.GetDirectoryName(Ilab.Client);
        var script = $$"""
            PATH='{{path}}':$PATH
            source <(ilab completion bash)
            line='{{line}}'
            COMP_LINE=$line; COMP_POINT=${#line}
            _ilab
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        using var shell = Ilab.StartProgram("/bin/bash", "-c", script);
        var output = await shell.StandardOutput.ReadToEndAsync();
        Assert.Contains(expected, output.Split('\n'));
    }

    private static void Script(string path, string text)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
