using System.CommandLine;
using Ilab.Cli.Chat;
using Ilab.Cli.CommandLine;
using Ilab.Cli.Options;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Testing;

namespace Ilab.Cli.Tests.CommandLine;

public sealed class HelpTextTests
{
    [Theory]
    [InlineData(null, 80)]
    [InlineData("20", 80)]
    [InlineData("100", 100)]
    [InlineData("300", 120)]
    [InlineData("wide", 80)]
    public async Task HelpIsWrapped(string? columns, int width)
    {
        foreach (var command in new[] { "", "model train", "data generate", "tax diff", "model ps" })
        {
            var help = (
                await InProcess.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"], name => name == "COLUMNS" ? columns : null)
            ).Output;
            Assert.DoesNotContain(BeforeExamples(help), line => line.Length > width);
            Assert.Contains(BeforeExamples(help), line => line.Length > width - 20);
        }
    }

    [Theory]
    [InlineData("run", "--temperature X", "[default: 1]")]
    [InlineData("run", "--top-k N", "[default: 40]")]
    [InlineData("run", "--format text|json", "[default: text]")]
    [InlineData("test", "--max-length N", "[default: 100]")]
    [InlineData("train", "--training-type lora|qlora|full|scratch", "[default: lora]")]
    [InlineData("data mix", "--seed N", "[default: 42]")]
    [InlineData("ls", "--sort created|name|size", "[default: created]")]
    public async Task DefaultsAndChoicesAreShown(string command, string option, string shown)
    {
        var help = (await InProcess.RunAsync([.. command.Split(' '), "--help"], static name => name == "COLUMNS" ? "120" : null)).Output;
        var entry = help[help.IndexOf(option, StringComparison.Ordinal)..];
        var end = entry.IndexOf("\n      --", StringComparison.Ordinal);
        Assert.Contains(shown, end < 0 ? entry : entry[..end], StringComparison.Ordinal);
    }

    [Fact]
    public void EveryCommandArgumentAndOptionIsDescribed()
    {
        using var interrupts = new ProcessInterrupts();
        using var session = InProcess.Session(interrupts, TextWriter.Null, TextWriter.Null);
        var problems = new List<string>();
        foreach (var (path, command) in All(CommandTree.Build(session, [], everything: true), "ilab"))
        {
            Require(CommandText.Of(command).Summary, path);
            foreach (var option in command.Options.Where(static option => !option.Hidden))
            {
                Require(option.Description, $"{path} {option.Name}");
                if (
                    option.ValueType != typeof(bool)
                    && option is not ChoiceOption
                    && option is not System.CommandLine.Help.HelpOption
                    && option.HelpName is null
                )
                {
                    problems.Add($"{path} {option.Name}: its value has no name");
                }
            }

            command.Arguments.ToList().ForEach(argument => Require(argument.Description, $"{path} {argument.Name}"));
        }

        Assert.Empty(problems);

        void Require(string? text, string what)
        {
            // A sentence without a full stop; names of files and formats keep their spelling.
            var first = text?.Split(' ')[0] ?? "";
            if (
                text is not { Length: > 3 }
                || (char.IsLower(text[0]) && first != "json" && !first.Any(char.IsPunctuation))
                || (text.EndsWith('.') && !text.EndsWith("...", StringComparison.Ordinal))
            )
            {
                problems.Add($"{what}: \"{text}\"");
            }
        }
    }

    [Fact]
    public void VerbsAreNamedAsTheTreeSays()
    {
        using var interrupts = new ProcessInterrupts();
        using var session = InProcess.Session(interrupts, TextWriter.Null, TextWriter.Null);
        Assert.All(CommandTree.Nouns.SelectMany(static noun => noun.Verbs), verb => Assert.Equal(verb.Name, verb.Create(session).Name));
    }

    [Fact]
    public async Task TheReferenceIsGeneratedFromTheTree()
    {
        var reference = await File.ReadAllTextAsync(Path.Combine(TestPaths.Repository, "docs", "cli.md"));
        Assert.Equal(reference, (await InProcess.RunAsync(["__docs"])).Output);
    }

    private static IEnumerable<string> BeforeExamples(string help) => help.Split('\n').TakeWhile(static line => line != "Examples:");

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        command.Subcommands.Where(static sub => !sub.Hidden).SelectMany(sub => All(sub, $"{path} {sub.Name}")).Prepend((path, command));
}
