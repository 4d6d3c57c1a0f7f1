using System.Globalization;

namespace Ilab.Integration.Tests;

/// <summary>Every question of every conversation, as a person meets it who asks back, returns, mistypes and changes their mind.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class WizardPathsTests : WizardFixture
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
        await ExpectCleanAsync($"{kind}.yaml");
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
        Assert.StartsWith("# Made by 'ilab config create infer'", await ExpectCleanAsync("piped.yaml"), StringComparison.Ordinal);
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
}
