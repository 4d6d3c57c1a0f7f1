using System.CommandLine;
using Ilab.Cli.Chat;
using Ilab.Cli.CommandLine;
using Ilab.Cli.Tests.Fixtures;

namespace Ilab.Cli.Tests.CommandLine;

/// <summary>Every word that users of podman, Ollama or InstructLab type works or says what to type.</summary>
public sealed class ShortcutTableTests
{
    private const string Promised =
        "run ls ps rm rmi stop pull push import load save cp tag inspect df prune serve show create list images info version events top search login "
        + "logout history exists help "
        + "chat check convert diff download generate init test train "
        + "attach auto-update build commit container exec export healthcheck image kill kube logs machine manifest mount network pause pod port rename "
        + "restart secret start stats system "
        + "umount unmount unpause unshare untag update volume wait signin signout";

    public static TheoryData<string> Names => [.. ShortcutTable.All.Select(static shortcut => shortcut.Name)];

    [Fact]
    public void EveryPromisedWordIsKnown()
    {
        var known = ShortcutTable
            .All.Select(static shortcut => shortcut.Name)
            .Concat(CommandTree.Nouns.Select(static noun => noun.Name))
            .Append(HelpCommand.Name);
        Assert.Empty(Promised.Split(' ').Except(known));
    }

    [Fact]
    public void NoWordHasTwoMeanings()
    {
        var names = ShortcutTable
            .All.Select(static shortcut => shortcut.Name)
            .Concat(CommandTree.Nouns.SelectMany(static noun => noun.Names.Split(' ')))
            .ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task AWordRunsACommandOrSaysInOneLineWhatToType(string name)
    {
        var shortcut = ShortcutTable.Find(name)!;
        if (shortcut.Kind == ShortcutKind.Advice)
        {
            var (code, output, error) = await InProcess.RunAsync([name, "some", "--thing"]);
            Assert.Equal((2, ""), (code, output));
            Assert.Single(error.TrimEnd('\n').Split('\n'));
            Assert.Contains("'ilab ", error, StringComparison.Ordinal);
            Assert.All(Quoted(shortcut.Target), static command => Assert.True(Exists(command), command));
            return;
        }

        Assert.All(shortcut.Target.Split('|'), static target => Assert.True(Exists(target), target));
        var help = await InProcess.RunAsync([name, "--help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains(
            shortcut.Target.Split('|').Select(static target => string.Join(' ', target.Split(' ').Take(2))),
            target => help.Output.Contains($"Usage: ilab {target}", StringComparison.Ordinal)
        );
        Assert.Equal(help, await InProcess.RunAsync(["help", name]));
    }

    [Fact]
    public async Task HelpListsEveryWorkingShortcut()
    {
        var help = (await InProcess.RunAsync(["help"])).Output;
        var section = help[help.IndexOf("Shortcuts", StringComparison.Ordinal)..help.IndexOf("Global options", StringComparison.Ordinal)];
        var words = section.Split([' ', ',', '\n', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Empty(ShortcutTable.All.Where(static shortcut => shortcut.Kind != ShortcutKind.Advice).Select(static shortcut => shortcut.Name).Except(words));
        Assert.InRange(section.Split('\n').Length, 6, 14);
    }

    [Theory]
    [InlineData("ls -q", "model ls -q")]
    [InlineData("--url tcp://h:1 ls -q", "--url tcp://h:1 model ls -q")]
    [InlineData("--url=tcp://h:1 -c ls kill m", "--url=tcp://h:1 -c ls model stop --force m")]
    [InlineData("help", "--help")]
    [InlineData("help model run", "model run --help")]
    [InlineData("model ls", "model ls")]
    [InlineData("run m ls", "model run m ls")]
    [InlineData("", "")]
    public void OnlyTheFirstWordIsExpanded(string line, string expanded)
    {
        using var interrupts = new ProcessInterrupts();
        using var session = InProcess.Session(interrupts, TextWriter.Null, TextWriter.Null);
        Assert.Equal(expanded, string.Join(' ', Shortcuts.Expand(session, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Args));
    }

    /// <summary>The commands in quotes, up to the first option or upper-case placeholder.</summary>
    private static IEnumerable<string> Quoted(string text) =>
        text.Split('\'')
            .Where(static part => part.StartsWith("ilab ", StringComparison.Ordinal))
            .Select(static part =>
                string.Join(' ', part.Split(' ').Skip(1).TakeWhile(static word => word != "help" && !word.StartsWith('-') && !char.IsUpper(word[0])))
            );

    private static bool Exists(string words)
    {
        using var interrupts = new ProcessInterrupts();
        using var session = InProcess.Session(interrupts, TextWriter.Null, TextWriter.Null);
        Command at = CommandTree.Build(session, [], everything: true);
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(static word => !word.StartsWith('-')))
        {
            if (at.Subcommands.FirstOrDefault(sub => sub.Name == word) is not { } next)
            {
                return false;
            }

            at = next;
        }

        return true;
    }
}
