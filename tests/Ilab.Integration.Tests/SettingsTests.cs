using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>ilab.conf with the real client and the real service.</summary>
public sealed class SettingsTests : IAsyncLifetime
{
    private static readonly string Starter = Path.Combine(TestPaths.Repository, "packaging", "starter", "starter.gguf");
    private readonly IlabInstallation _ilab = new() { User = TestUser.Ordinary };

    private string FilePath => Path.Combine(_ilab.Root, "config", "ilab.conf");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Fact]
    public async Task ValuesOfTheFileAreDefaultsOfOptionsAndOfTheService()
    {
        Assert.Equal(FilePath + "\n", (await _ilab.RunAsync("config", "init")).Expect(0).Output);
        Write("service:\n  threads: 1\n  parallel: 3\nmodel:\n  default: starter\ngeneration:\n  temperature: 0\n  max-length: 4\noutput:\n  format: json\n");
        await _ilab.StartAsync();
        var info = (await _ilab.RunAsync("system", "info", "--format", "json")).Expect(0).Output;
        Assert.Contains($"parallel=3 ({FilePath})", info, StringComparison.Ordinal);

        (await _ilab.RunAsync("model", "import", Starter, "--name", "starter")).Expect(0);
        Assert.StartsWith("[", (await _ilab.RunAsync("model", "ls")).Expect(0).Output, StringComparison.Ordinal);
        Assert.StartsWith("NAME", (await _ilab.RunAsync("model", "ls", "--format", "table")).Expect(0).Output, StringComparison.Ordinal);

        // Without a model, at temperature 0, four tokens: the file says all three.
        const string Question = "What is the capital of Japan?\n";
        var first = (await _ilab.RunWithAsync(Question, [], "model", "chat")).Expect(0).Output;
        Assert.Equal(first, (await _ilab.RunWithAsync(Question, [], "model", "chat")).Expect(0).Output);
        var longer = (await _ilab.RunWithAsync(Question, [], "model", "chat", "--max-length", "40")).Expect(0).Output;
        Assert.Equal("The capital of Japan is Tokyo.\n", longer);
        Assert.True(longer.Length > first.Length, $"{longer} is not longer than {first}");
        (await _ilab.RunAsync("model", "inference", "--model-name", "other", "--prompt", "x")).Expect(127);
    }

    [Fact]
    public async Task AFileThatIsNotValidEndsCommandsWithItsPlaceAndCanBeMended()
    {
        await _ilab.StartAsync();
        Write("generation:\n  temprature: 0\n");
        var result = (await _ilab.RunAsync("model", "ls")).Expect(2);
        Assert.Equal($"Error: {FilePath}:2:3: unknown key \"temprature\" in the section generation; did you mean temperature?\n", result.Error);
        (await _ilab.RunAsync("--version")).Expect(0);
        (await _ilab.RunAsync("model", "ls", "--help")).Expect(0);
        Assert.Equal(1, (await _ilab.RunAsync("config", "show")).ExitCode);
        (await _ilab.RunWithAsync("", [("EDITOR", "sed -i s/temprature/temperature/")], "config", "edit")).Expect(0);
        (await _ilab.RunAsync("model", "ls")).Expect(0);

        Write("service:\n  threads: many\n");
        await _ilab.KillAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => _ilab.StartAsync());
        Assert.Contains("\"many\" is not an integer", await _ilab.LogLineAsync("ilab.conf:2:12: service.threads: "), StringComparison.Ordinal);
        File.Delete(FilePath);
        await _ilab.StartAsync();
    }

    [SkippableFact]
    public async Task WhatMayNotBeReadOrWrittenIsOneLineAndStays()
    {
        Skip.IfNot(TestUser.IsOrdinaryOrCanBecome, TestUser.NeedsRoot);
        Write("training:\n  rank: 4\n");
        var folder = Path.GetDirectoryName(FilePath)!;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            foreach (var arguments in new string[][] { ["config", "rm", "training.rank"], ["config", "init", "--force"], ["config", "rm", "--force"] })
            {
                var refused = (await _ilab.RunAsync(arguments)).Expect(125);
                Assert.StartsWith($"Error: {FilePath}: permission denied", refused.Error, StringComparison.Ordinal);
                Assert.Single(refused.Error.TrimEnd('\n').Split('\n'));
            }

            var edited = (await _ilab.RunWithAsync("", [("EDITOR", "sed -i s/4/5/")], "config", "edit")).Expect(125);
            Assert.StartsWith($"Error: {FilePath}: permission denied", edited.Error, StringComparison.Ordinal);
            Assert.Equal("training:\n  rank: 4\n", File.ReadAllText(FilePath));

            File.SetUnixFileMode(FilePath, UnixFileMode.None);
            var unread = (await _ilab.RunAsync("config", "show", "training.rank")).Expect(1);
            Assert.StartsWith($"Error: {FilePath}: permission denied; you need read access", unread.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task OnATerminalWhatIsNotValidCanBeEditedAgain()
    {
        Write("training:\n  rank: 4\n");
        // The first time it breaks the file, the second time it mends it.
        await using var edit = OnTerminal(
            "sh -c 'if grep -q broken \"$1\"; then sed -i s/broken/8/ \"$1\"; else sed -i s/4/broken/ \"$1\"; fi' sh",
            "config",
            "edit"
        );
        var said = await edit.AnswerAsync("Edit again? [Y/n] ", "\r");
        Assert.Contains($"{FilePath}:2:9: training.rank: \"broken\" is not an integer", said.ReplaceLineEndings(""), StringComparison.Ordinal);
        Assert.Equal(0, await edit.ExitAsync());
        Assert.Equal("training:\n  rank: 8\n", File.ReadAllText(FilePath));

        await using var given = OnTerminal("sed -i s/8/broken/", "config", "edit");
        await given.AnswerAsync("Edit again? [Y/n] ", "n\r");
        Assert.Equal(2, await given.ExitAsync());
        Assert.Equal("training:\n  rank: 8\n", File.ReadAllText(FilePath));
    }

    private TerminalProgram OnTerminal(string editor, params string[] arguments) =>
        TerminalProgram.Start(
            [_ilab.Client, .. arguments],
            _ilab.Root,
            new Dictionary<string, string>
            {
                ["ILAB_ROOT"] = _ilab.Root,
                ["EDITOR"] = editor,
                ["ILAB_NO_AUTOSTART"] = "1",
            },
            columns: 200
        );

    private void Write(string text)
    {
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!).FullName;
        File.WriteAllText(FilePath, text);
        _ilab.User?.Own(folder);
        _ilab.User?.Own(FilePath);
    }
}
