using System.Globalization;
using System.Text.RegularExpressions;

namespace Ilab.Integration.Tests;

/// <summary>Every question of every conversation, as a person meets it who asks back, returns, mistypes and changes their mind.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed partial class WizardPathsTests : WizardFixture
{
    private const string Wrong = "no such/ thing/",
        Backspace = "\u007f";

    [Theory]
    [InlineData("train", false, 5)]
    [InlineData("train", true, 20)]
    [InlineData("infer", true, 8)]
    [InlineData("eval", true, 6)]
    public async Task EveryQuestionExplainsRefusesAndReturns(string kind, bool advanced, int least)
    {
        await using var wizard = Start(["config", "create", kind, .. advanced ? ["--advanced"] : Array.Empty<string>()]);
        for (var (number, total) = (1, 2); number <= total; number++)
        {
            total = TotalOf(Plain(await wizard.AnswerAsync("?\r")), number);
            Assert.Contains("answers this in advance.", Plain(await wizard.AnswerAsync(Wrong + Enter)), StringComparison.Ordinal);
            var refused = Plain(await wizard.AnswerAsync("back\r"));
            Assert.DoesNotContain($"{number + 1}/{total} ", refused, StringComparison.Ordinal);
            var returned = Plain(await wizard.AnswerAsync(Enter));
            Assert.Contains(number > 1 ? $"{number - 1}/{total} " : "this is the first question", returned, StringComparison.Ordinal);
            if (number > 1)
            {
                Assert.Contains($"{number}/{total} ", Plain(await wizard.AnswerAsync(Enter)), StringComparison.Ordinal);
            }

            Assert.True(number < total || number >= least, $"{number} questions");
        }

        Assert.Equal(0, await wizard.ExitAsync());
        await ExpectCleanAsync($"{kind}.yaml", kind);
    }

    [Fact]
    public async Task WhatCannotBecomeAnAnswerIsMarkedBeforeEnter()
    {
        await using var wizard = Start("config", "create", "infer", "--model", "starter", "--set", "style=exact");
        await wizard.AnswerAsync("12x");
        var terminal = wizard.Terminal;
        await terminal.WaitForAsync("! 12x", 0);
        var from = terminal.Output.Length;
        terminal.Type(Backspace);
        await terminal.WaitForAsync("> 12", from);
        terminal.Type(Enter);
        await wizard.AnswerAsync(Enter);
        await wizard.AnswerAsync("no");
        await terminal.WaitForAsync("> no", from);
        terminal.Type("t now");
        await terminal.WaitForAsync("! not now", from);

        // The first one takes the line back, the second one ends.
        terminal.Type(ControlC);
        await terminal.WaitForAsync("^C", from);
        terminal.Type(ControlC);
        Assert.Equal(130, await wizard.ExitAsync());
        Assert.Equal(["facts.jsonl"], Directory.GetFiles(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task TheWholePathIsWithoutColoursWhereTheyAreNotWanted()
    {
        await using var wizard = Start(80, [("NO_COLOR", "1")], "config", "create", "train");
        for (var number = 0; number < 5; number++)
        {
            await wizard.AnswerAsync(Enter);
        }

        Assert.Equal(0, await wizard.ExitAsync());
        Assert.Contains("model_name: starter", wizard.Terminal.Output, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\x1b\[[0-9]+m", wizard.Terminal.Output);
    }

    [Fact]
    public async Task OnlyTheFileGoesToAPipeBehindTheWizard()
    {
        var command = $"'{Ilab.Client}' config create infer --model starter --output-file - 0<>/dev/tty | cat >piped.yaml";
        await using var wizard = StartProgram(80, [], ["sh", "-c", command]);
        await wizard.AnswerAsync("[balanced] > ", "\n");
        await wizard.AnswerAsync("[1024] > ", "\n");
        Assert.Equal(0, await wizard.ExitAsync());
        Assert.StartsWith("# Made by 'ilab config create infer'", await ExpectCleanAsync("piped.yaml", "infer"), StringComparison.Ordinal);
    }

    /// <summary>Each is shown once, and is what the command line takes.</summary>
    [Fact]
    public async Task WhatIsSaidToAnswerAQuestionInAdvanceDoesSo()
    {
        await using var wizard = Start("config", "create", "infer", "--advanced", "--model", "starter", "--set", "input=none");
        var given = new List<string>();
        for (var (number, total) = (1, 2); number <= total; number++)
        {
            var question = Plain(await wizard.AnswerAsync("?\r"));
            total = TotalOf(question, number);
            var suggested = Suggested().Match(question).Groups[1].Value;
            var help = Plain(await wizard.AnswerAsync(Enter));
            var option = Option().Match(help);
            Assert.True(option.Success, help);
            given.AddRange(option.Groups[1].Value.Replace("VALUE", suggested, StringComparison.Ordinal).Split(' '));
            given.AddRange(option.Groups[1].Value.Contains(' ', StringComparison.Ordinal) || suggested is "no" ? [] : [suggested]);
        }

        Assert.Equal(0, await wizard.ExitAsync());
        given.Remove("--run"); // has no value
        given[given.IndexOf("infer.yaml")] = "-";
        var again = (await Ilab.RunAsync(["config", "create", "infer", "--model", "starter", "--set", "input=none", .. given])).Expect(0).Output;
        Assert.Equal(Values(await ExpectCleanAsync("infer.yaml", "infer")), Values(again));

        static IEnumerable<string> Values(string text) => text.Split('\n').Where(static line => !line.TrimStart().StartsWith('#'));
    }

    [Fact]
    public async Task WhereAFileCannotBeWrittenAnotherPlaceIsAskedFor()
    {
        File.WriteAllText(Path.Combine(Folder, "eval.yaml"), "old");
        await using var wizard = Start("config", "create", "eval", "--model", "starter", "--set", "benchmark=truthfulness", "--set", "samples=10");
        Assert.Contains("Enter = eval-2.yaml: eval.yaml exists already", Plain(await wizard.AnswerAsync("/dev/full\r")), StringComparison.Ordinal);
        Assert.Contains("/dev/full: no space left on the device", Plain(await wizard.AnswerAsync("/proc/x.yaml\r")), StringComparison.Ordinal);
        Assert.Contains("/proc", Plain(await wizard.AnswerAsync("eval.yaml\r")), StringComparison.Ordinal);
        Assert.Contains("eval.yaml exists already; name another file", Plain(await wizard.AnswerAsync(Enter)), StringComparison.Ordinal);
        Assert.Equal(0, await wizard.ExitAsync());
        await ExpectCleanAsync("eval-2.yaml", "eval");
        Assert.Equal("old", File.ReadAllText(Path.Combine(Folder, "eval.yaml")));
    }

    [Fact]
    public async Task AFileThatCannotBeTheStartIsToldBeforeAnythingElse()
    {
        File.WriteAllText(Path.Combine(Folder, "old.yaml"), "old");
        await using var wizard = Start("config", "create", "train", "--from", "old.yaml");
        Assert.Equal(2, await wizard.ExitAsync());
        Assert.StartsWith("Error: old.yaml:1:1: ", wizard.Terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SwitchesTakeYesAndNoAndWhatHasNoEffectIsNotAsked()
    {
        await using var wizard = Start("config", "create", "train", "--advanced", "--model", "starter", "--dataset", "facts");
        string shown;
        do
        {
            shown = Plain(await wizard.AnswerAsync(Enter));
        } while (!shown.Contains("Which share of its inputs", StringComparison.Ordinal));

        Assert.Contains("Compute activations again", Plain(await wizard.AnswerAsync("yes\r")), StringComparison.Ordinal);
        while (!Plain(await wizard.AnswerAsync(Enter)).Contains("Start the training now?", StringComparison.Ordinal)) { }

        Assert.Equal(0, await wizard.ExitAsync());
        Assert.Contains("enable_gradient_checkpointing: true", await ExpectCleanAsync("train.yaml", "train"), StringComparison.Ordinal);

        await using var exact = Start("config", "create", "infer", "--advanced", "--model", "starter", "--set", "style=exact", "--set", "input=none");
        await exact.AnswerAsync(Enter);
        Assert.Contains("2/4 Which random seed?", Plain(await exact.AnswerAsync("quit\r")), StringComparison.Ordinal);
        Assert.Equal(1, await exact.ExitAsync());
    }

    [Theory]
    [InlineData("infer", 2)]
    [InlineData("eval", 3)]
    public async Task EndingWritesNothingWhateverTheKind(string kind, int after)
    {
        await using var wizard = Start("config", "create", kind, "--advanced");
        for (var number = 0; number < after; number++)
        {
            await wizard.AnswerAsync(Enter);
        }

        await wizard.AnswerAsync(ControlC);
        Assert.Equal(130, await wizard.ExitAsync());
        Assert.Equal(["facts.jsonl"], Directory.GetFiles(Folder).Select(Path.GetFileName));
    }

    /// <summary>The number behind the one of a question, as in <c>2/5</c>.</summary>
    private static int TotalOf(string shown, int number)
    {
        var at = shown.LastIndexOf($" {number}/", StringComparison.Ordinal);
        Assert.True(at >= 0, shown);
        return int.Parse(shown[(at + $" {number}/".Length)..].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"The option (--[a-z-]+(?: [a-z-]+=VALUE)?) answers this in advance\.")]
    private static partial Regex Option();

    [GeneratedRegex(@"Enter = (\S+): ")]
    private static partial Regex Suggested();
}
