using Ilab.Cli.Chat;
using Ilab.Cli.CommandLine;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Client.Errors;
using Ilab.Testing;

namespace Ilab.Cli.Tests.Commands.Config;

/// <summary>The verbs that make, show, change and remove ilab.conf.</summary>
public sealed class ConfigVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public ConfigVerbTests() => _environment["ILAB_ROOT"] = _folder.Path;

    private string FilePath => Path.Combine(_folder.Path, "config", "ilab.conf");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task InitMakesAFileAndNothingElse()
    {
        var (code, output, error) = await RunAsync("config", "init");
        Assert.Equal((0, FilePath + "\n", ""), (code, output, error));
        Assert.Equal([FilePath], Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
        Assert.Contains("\ngeneration:\n", File.ReadAllText(FilePath), StringComparison.Ordinal);
        Assert.Equal("", (await RunAsync("config", "show", "--changed", "-n")).Output);
    }

    [Fact]
    public async Task InitLeavesAFileAloneUnlessForced()
    {
        var path = _folder.File("config/ilab.conf", "model:\n  default: mine\n");
        var (code, output, error) = await RunAsync("init");
        Assert.Equal((0, ""), (code, output));
        Assert.Contains($"{path} exists already and stays as it is; --force replaces it", error, StringComparison.Ordinal);
        Assert.Equal("model:\n  default: mine\n", File.ReadAllText(path));
        Assert.Equal(path + "\n", (await RunAsync("config", "init", "--force")).Output);
        Assert.DoesNotContain("mine", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADirectoryInPlaceOfTheFileIsOneLine()
    {
        Directory.CreateDirectory(FilePath);
        foreach (var verb in new[] { "init", "edit" })
        {
            _environment["EDITOR"] = "true";
            var exception = await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", verb));
            Assert.Contains($"{FilePath}: is a directory", exception.Text, StringComparison.Ordinal);
        }

        var (code, _, error) = await RunAsync("config", "ls");
        Assert.Equal((1, $"Error: {FilePath}: is a directory, not a file; remove it or name another file\n"), (code, error));
    }

    [Fact]
    public async Task ShowSaysWhereValuesComeFrom()
    {
        var path = _folder.File("config/ilab.conf", "generation:\n  temperature: 0.2\nconnection:\n  url: tcp://file:1\n");
        var dropIn = _folder.File("config/ilab.conf.d/a.conf", "training:\n  rank: 4\n");
        _environment["ILAB_TRAINING_ALPHA"] = "8";
        var (code, output, error) = await RunAsync("--url", "tcp://flag:2", "config", "show", "--changed");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(
            [
                "KEY|VALUE|ORIGIN|SOURCE",
                "connection.url|tcp://flag:2|flag|--url",
                $"generation.temperature|0.2|file|{path}:2",
                $"training.rank|4|drop-in|{dropIn}:2",
                "training.alpha|8|environment|ILAB_TRAINING_ALPHA",
            ],
            Rows(output)
        );

        Assert.Equal("0.2\n", (await RunAsync("config", "show", "generation.temperature", "--format", "{{.Value}}")).Output);
        Assert.Contains("training.alpha|8|environment|ILAB_TRAINING_ALPHA", Rows((await RunAsync("config", "show", "training")).Output));
        Assert.Contains("generation.top-k|40|default", Rows((await RunAsync("config", "show")).Output));
        Assert.Contains("\"Origin\": \"drop-in\"", (await RunAsync("config", "show", "training.rank", "--format", "json")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("generation.temprature", "there is no setting \"generation.temprature\"; did you mean generation.temperature?")]
    [InlineData("rank", "did you mean training.rank?")]
    [InlineData("qqqqqqqqqqqq", "'ilab config show' lists them")]
    public async Task AnUnknownKeyIsAnError(string key, string message)
    {
        foreach (var verb in new[] { "show", "rm" })
        {
            var exception = await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", verb, key));
            Assert.Equal(2, exception.ExitCode);
            Assert.Contains(message, exception.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ListSaysWhatIsReadInWhichOrderAndWhatIsWrong()
    {
        var dropIn = _folder.File("config/ilab.conf.d/a.conf", "training:\n  rank: none\n");
        var (code, output, error) = await RunAsync("config", "ls");
        Assert.Equal(1, code);
        Assert.Equal(["PATH|ORIGIN|STATE|SETTINGS", $"{FilePath}|file|missing|0", $"{dropIn}|drop-in|invalid|0"], Rows(output));
        Assert.StartsWith($"Error: {dropIn}:2:9: training.rank: \"none\" is not an integer", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RemoveTakesOneKeyOutAndLeavesTheRest()
    {
        var path = _folder.File("config/ilab.conf", "# mine\ntraining:\n  rank: 4   # low\n  alpha: 8\n");
        Assert.Equal("training.rank\n", (await RunAsync("config", "rm", "training.rank")).Output);
        Assert.Equal("# mine\ntraining:\n  alpha: 8\n", File.ReadAllText(path));
        var exception = await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "rm", "training.rank"));
        Assert.Equal((127, $"{path} does not set training.rank; it has its default"), (exception.ExitCode, exception.Text));
        _environment["ILAB_TRAINING_RANK"] = "2";
        exception = await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "rm", "training.rank"));
        Assert.EndsWith("its value comes from ILAB_TRAINING_RANK", exception.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RemoveWithoutAKeyRemovesTheFileAfterAsking()
    {
        var path = _folder.File("config/ilab.conf", "training:\n  rank: 4\n");
        var exception = await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "rm"));
        Assert.Contains("--force", exception.Text, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
        Assert.Equal(path + "\n", (await RunAsync("config", "rm", "--force")).Output);
        Assert.False(File.Exists(path));
        Assert.Equal(127, (await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "rm", "--force"))).ExitCode);
    }

    [Fact]
    public async Task WhatStillSetsAChangedSettingIsNamed()
    {
        _folder.File("config/ilab.conf", "training:\n  rank: 4\n  alpha: 8\n  epochs: 2\n");
        var dropIn = _folder.File("config/ilab.conf.d/a.conf", "training:\n  rank: 6\n");
        _environment["ILAB_TRAINING_ALPHA"] = "9";
        var (code, output, error) = await RunAsync("config", "rm", "training.rank");
        Assert.Equal((0, "training.rank\n", $"Note: training.rank is 6: {dropIn}:2 sets it\n"), (code, output, error));
        Assert.Equal("Note: training.alpha is 9: ILAB_TRAINING_ALPHA sets it\n", (await RunAsync("config", "rm", "training.alpha")).Error);
        Assert.Equal("", (await RunAsync("config", "rm", "training.epochs")).Error);

        // Only what was changed counts.
        _folder.File("config/ilab.conf", "training:\n  rank: 4\n  alpha: 8\n  epochs: 2\n");
        _environment["EDITOR"] = Editor("printf 'training:\\n  rank: 5\\n  alpha: 8\\n  epochs: 3\\n' > \"$1\"");
        Assert.Equal($"Note: training.rank is 6: {dropIn}:2 sets it\n", (await RunAsync("config", "edit")).Error);
        Assert.Equal(
            $"Note: training.rank is 6: {dropIn}:2 sets it\nNote: training.alpha is 9: ILAB_TRAINING_ALPHA sets it\n",
            (await RunAsync("config", "rm", "--force")).Error
        );
    }

    [Fact]
    public async Task WhatCountsBeforeTheDefaultConnectionIsNamed()
    {
        const string Rest = " says which service is used; the default connection counts where nothing else does\n";
        Assert.Equal("Note: ILAB_ROOT" + Rest, (await RunAsync("system", "connection", "add", "a", "tcp://a:1")).Error);
        Assert.Equal("", (await RunAsync("system", "connection", "add", "b", "tcp://b:1")).Error);
        var path = _folder.File("config/ilab.conf", "connection:\n  url: tcp://file:1\n");
        Assert.Equal($"Note: {path}:2{Rest}", (await RunAsync("system", "connection", "default", "b")).Error);
        _environment["ILAB_CONNECTION"] = "a";
        Assert.Contains("Note: ", (await RunAsync("system", "connection", "default", "b")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EditSavesWhatIsValid()
    {
        _environment["EDITOR"] = Editor("printf 'training:\\n  rank: 4\\n' > \"$1\"");
        Assert.Equal(FilePath + "\n", (await RunAsync("config", "edit")).Output);
        Assert.Equal("training:\n  rank: 4\n", File.ReadAllText(FilePath));
        _environment["VISUAL"] = Editor("exit 0");
        Assert.Equal("nothing was changed\n", (await RunAsync("config", "edit")).Error);
    }

    [Fact]
    public async Task EditSavesNothingThatIsNotValid()
    {
        var path = _folder.File("config/ilab.conf", "training:\n  rank: 4\n");
        _environment["EDITOR"] = Editor("printf 'training:\\n  rank: x\\n  rnk: 1\\n' > \"$1\"");
        using var interrupts = new ProcessInterrupts();
        var error = new StringWriter { NewLine = "\n" };
        using var session = InProcess.Session(interrupts, TextWriter.Null, error, _environment.GetValueOrDefault);
        var exception = await Assert.ThrowsAsync<IlabException>(() => CliProgram.RunAsync(session, ["config", "edit"], default));
        Assert.Contains($"Error: {path}:2:9: training.rank: \"x\" is not an integer", error.ToString(), StringComparison.Ordinal);
        Assert.Contains($"Error: {path}:3:3: unknown key \"rnk\"", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("training:\n  rank: 4\n", File.ReadAllText(path));
        var copy = exception.Hint[(exception.Hint.LastIndexOf(' ') + 1)..];
        Assert.Contains("rnk", File.ReadAllText(copy), StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
    }

    [Fact]
    public async Task EditDoesNotOverwriteWhatSomebodyElseWrote()
    {
        var path = _folder.File("config/ilab.conf", "training:\n  rank: 4\n");
        _environment["EDITOR"] = Editor($"echo > \"$1\"; printf 'training:\\n  rank: 5\\n' > '{path}'");
        Assert.Contains("was changed by somebody else", await KeptAsync("\n"), StringComparison.Ordinal);
        Assert.Equal("training:\n  rank: 5\n", File.ReadAllText(path));
    }

    [Fact]
    public async Task WhatWasWrittenIsKeptWhereItCannotBeSaved()
    {
        _folder.File("config", "a file in place of the directory");
        _environment["EDITOR"] = Editor("echo '# mine' > \"$1\"");
        Assert.Contains("config", await KeptAsync("# mine\n"), StringComparison.Ordinal);
        _environment["EDITOR"] = Editor("echo '# mine' > \"$1\"; exit 1");
        Assert.Contains("ended with exit code 1", await KeptAsync("# mine\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AVariableThatNamesNoFileIsAnError()
    {
        _environment["ILAB_CONF"] = Path.Combine(_folder.Path, "typo.conf");
        var (code, _, error) = await RunAsync("config", "show");
        Assert.Equal((1, $"Error: {_environment["ILAB_CONF"]}: no such file; ILAB_CONF names it\n"), (code, error));
        Assert.Equal(2, (await Assert.ThrowsAsync<IlabException>(() => RunAsync("model", "ls"))).ExitCode);
        Assert.Equal(0, (await RunAsync("config", "init")).ExitCode);
        Assert.Equal(0, (await RunAsync("config", "show")).ExitCode);
    }

    [Fact]
    public async Task StandardInputCannotBeReplaced()
    {
        var exception = await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "migrate", "--write", "-"));
        Assert.Equal((2, "--write: standard input is no file"), (exception.ExitCode, exception.Message));
    }

    [Fact]
    public async Task AFileToStartFromIsText()
    {
        var path = _folder.File("old.yaml", "");
        await File.WriteAllBytesAsync(path, [(byte)'a', 0xff]);
        var exception = await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "create", "train", "--from", path));
        Assert.Equal((2, $"{path} is not UTF-8 text"), (exception.ExitCode, exception.Message));
        exception = await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "create", "train", "--from", "/dev/zero"));
        Assert.Equal((2, "/dev/zero is no regular file"), (exception.ExitCode, exception.Message));
    }

    [Theory]
    [InlineData(null, "no editor is set; set VISUAL or EDITOR")]
    [InlineData("false", "the editor \"false\" ended with exit code 1; nothing was saved")]
    [InlineData("no-such-editor-anywhere 2>/dev/null", "set VISUAL or EDITOR to a program that exists")]
    public async Task AnEditorThatFailsSavesNothing(string? editor, string message)
    {
        if (editor is not null)
        {
            _environment["EDITOR"] = editor;
        }

        Assert.Contains(message, (await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "edit"))).Text, StringComparison.Ordinal);
        Assert.False(File.Exists(FilePath));
    }

    [Fact]
    public async Task KeysAreCompleted() =>
        Assert.Equal("training.schedule\ntraining.seed\n", (await RunAsync("__complete", "config", "show", "training.s")).Output);

    /// <summary>Edits in vain; what was written must be in the file that the error names at its end.</summary>
    private async Task<string> KeptAsync(string written)
    {
        var text = (await Assert.ThrowsAsync<IlabException>(() => RunAsync("config", "edit"))).Text;
        var copy = text[(text.LastIndexOf(' ') + 1)..];
        Assert.Equal(written, await File.ReadAllTextAsync(copy));
        Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
        return text;
    }

    private string Editor(string script)
    {
        var path = _folder.File($"editor-{Guid.NewGuid():N}.sh", $"{script}\n");
        return $"sh {path}";
    }

    private static IEnumerable<string> Rows(string table) =>
        table
            .TrimEnd('\n')
            .Split('\n')
            .Select(static row => string.Join('|', row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        InProcess.RunAsync(arguments, _environment.GetValueOrDefault);
}
