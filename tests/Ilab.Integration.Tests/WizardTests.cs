namespace Ilab.Integration.Tests;

/// <summary>`config create` with the real client on real terminals, and the real service: what a person sees, and which file comes of it.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class WizardTests : WizardFixture
{
    [Theory]
    [InlineData("train", 5)]
    [InlineData("infer", 5)]
    [InlineData("eval", 4)]
    public async Task EnterAtEachOfAtMostFiveQuestionsMakesAValidFile(string kind, int questions)
    {
        await using var wizard = Start("config", "create", kind);
        for (var number = 1; number <= questions; number++)
        {
            Assert.Contains($"{number}/{questions} ", Plain(await wizard.AnswerAsync(Enter)), StringComparison.Ordinal);
        }

        Assert.Equal(0, await wizard.ExitAsync());
        Assert.Contains($"{kind}.yaml\r\n", wizard.Terminal.Output, StringComparison.Ordinal);
        await ExpectCleanAsync($"{kind}.yaml", kind);
    }

    [Fact]
    public async Task HelpBackAndWrongAnswersAreTakenAtEveryQuestion()
    {
        await using var wizard = Start("config", "create", "train");
        Assert.Contains("Which model is to be trained?", Plain(await wizard.AnswerAsync("?\r")), StringComparison.Ordinal);
        Assert.Contains("The option --model answers this in advance.", Plain(await wizard.AnswerAsync("back\r")), StringComparison.Ordinal);
        Assert.Contains("this is the first question", Plain(await wizard.AnswerAsync("two words\r")), StringComparison.Ordinal);
        Assert.Contains("\"two words\" is not the name of a model", Plain(await wizard.AnswerAsync("1\r")), StringComparison.Ordinal);
        Assert.Contains("2/5 Which data", Plain(await wizard.AnswerAsync("nothing.jsonl\r")), StringComparison.Ordinal);
        Assert.Contains("there is no file nothing.jsonl", Plain(await wizard.AnswerAsync("facts.jsonl\r")), StringComparison.Ordinal);
        Assert.Contains("3/5 What is to be trained?", Plain(await wizard.AnswerAsync("everything\r")), StringComparison.Ordinal);
        Assert.Contains("\"everything\" is none of auto, lora, qlora, full", Plain(await wizard.AnswerAsync("9\r")), StringComparison.Ordinal);
        Assert.Contains("type a number from 1 to 4", Plain(await wizard.AnswerAsync("back\r")), StringComparison.Ordinal);
        Assert.Contains("2/5 Which data", Plain(await wizard.AnswerAsync("facts\r")), StringComparison.Ordinal);
        await wizard.AnswerAsync("full\r");
        Assert.Contains("model_name: starter", Plain(await wizard.AnswerAsync("facts.jsonl/x\r")), StringComparison.Ordinal);
        Assert.Contains("does not exist; create it first", Plain(await wizard.AnswerAsync("facts.jsonl\r")), StringComparison.Ordinal);
        Assert.Contains("facts.jsonl exists already", Plain(await wizard.AnswerAsync("mine.yaml\r")), StringComparison.Ordinal);
        await wizard.AnswerAsync("no\r");
        Assert.Equal(0, await wizard.ExitAsync());
        var text = await ExpectCleanAsync("mine.yaml", "train");
        Assert.Contains("training_type: full", text, StringComparison.Ordinal);
        Assert.Contains("dataset_name: facts", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ControlC, 0, 130)]
    [InlineData(ControlC, 3, 130)]
    [InlineData(ControlD, 1, 130)]
    [InlineData("quit\r", 0, 1)]
    [InlineData("q\r", 4, 1)]
    public async Task EndingAnywhereWritesNothing(string keys, int after, int code)
    {
        await using var wizard = Start("config", "create", "train");
        for (var number = 0; number < after; number++)
        {
            await wizard.AnswerAsync(Enter);
        }

        await wizard.AnswerAsync(keys);
        Assert.Equal(code, await wizard.ExitAsync());
        Assert.Contains("Nothing was written.", wizard.Terminal.Output, StringComparison.Ordinal);
        Assert.Equal(["facts.jsonl"], Directory.GetFiles(Folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("train", 34, 3)]
    [InlineData("train", 40, 21)]
    [InlineData("infer", 40, 6)]
    [InlineData("eval", 40, 5)]
    public async Task EverythingFitsANarrowTerminal(string kind, int columns, int answers)
    {
        await using var wizard = Start(columns, [], ["config", "create", kind, .. answers > 3 ? ["--advanced"] : Array.Empty<string>()]);
        var shown = "";
        for (var number = 0; number < answers; number++)
        {
            shown += await wizard.AnswerAsync(Enter);
        }

        shown += await wizard.AnswerAsync("?\r") + await wizard.AnswerAsync("q\r");
        Assert.Equal(1, await wizard.ExitAsync());
        // The file itself is shown as it is; everything else is wrapped.
        var lines = Shown(shown).Split('\n').Select(static line => line.TrimEnd('\r')).Where(static line => !IsOfTheFile(line)).ToList();
        Assert.True(lines.Count > 20);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, columns));
    }

    [Fact]
    public async Task ColoursAreLeftOutWhereTheyAreNotWanted()
    {
        Assert.Matches(@"\x1b\[[0-9]+m", await FirstQuestionAsync([]));
        Assert.DoesNotMatch(@"\x1b\[[0-9]+m", await FirstQuestionAsync([("NO_COLOR", "1")]));

        await using var dumb = Start(80, [("TERM", "dumb")], "config", "create", "train");
        await dumb.AnswerAsync("> ", "\n");
        await dumb.AnswerAsync("2/5 Which data", "quit\n");
        Assert.Equal(1, await dumb.ExitAsync());
        Assert.DoesNotContain("\x1b", dumb.Terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutATerminalNothingIsAskedAndWhatIsMissingIsNamed()
    {
        var missing = (await Ilab.RunWithAsync("\n\n\n\n\n", [], "config", "create", "train")).Expect(2);
        Assert.Equal(("", "Error: model and dataset must be given; add --model and --dataset\n"), (missing.Output, missing.Error));

        var path = Path.Combine(Folder, "piped.yaml");
        string[] arguments = ["config", "create", "--type", "train", "--model", "starter", "--dataset", "facts", "--output-file", path];
        Assert.Equal(path + "\n", (await Ilab.RunAsync(arguments)).Expect(0).Output);
        await ExpectCleanAsync("piped.yaml", "train");
        Assert.Contains("exists already", (await Ilab.RunAsync(arguments)).Expect(125).Error, StringComparison.Ordinal);
        (await Ilab.RunAsync([.. arguments, "--force"])).Expect(0);

        var printed = (await Ilab.RunAsync("config", "create", "infer", "--model", "starter", "-o", "-", "--set", "style=exact")).Expect(0).Output;
        Assert.StartsWith("# Made by 'ilab config create infer'", printed, StringComparison.Ordinal);
        Assert.Contains("temperature: 0.0", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatOptionsGiveIsNotAsked()
    {
        await using var wizard = Start("config", "create", "train", "--model", "starter", "--dataset", "facts.jsonl", "--training-type", "lora");
        Assert.Contains("1/2 Where to save the file?", Plain(await wizard.AnswerAsync("x.yaml\r")), StringComparison.Ordinal);
        Assert.Contains("2/2 Start the training now?", Plain(await wizard.AnswerAsync(Enter)), StringComparison.Ordinal);
        Assert.Equal(0, await wizard.ExitAsync());
        Assert.Contains("Next: ilab model train --config x.yaml", wizard.Terminal.Output, StringComparison.Ordinal);

        await using var silent = Start("config", "create", "train", "--model", "starter", "--dataset", "facts", "--non-interactive", "-o", "y.yaml");
        Assert.Equal(0, await silent.ExitAsync());
        await ExpectCleanAsync("y.yaml", "train");
    }

    [Fact]
    public async Task AdvancedAsksTheRestAndAFileSuggestsItsValues()
    {
        File.WriteAllText(
            Path.Combine(Folder, "old.yaml"),
            "model: {model_name: starter}\ndata: {train: {datasets: [{dataset_name: facts}]}}\ntraining: {num_train_epochs: 9, use_peft: true}\n"
        );
        await using var wizard = Start("config", "create", "train", "--from", "old.yaml", "--advanced", "--dataset", "facts", "-o", "new.yaml");
        var asked = 0;
        while (!File.Exists(Path.Combine(Folder, "new.yaml")) && asked < 40)
        {
            var shown = Plain(await wizard.AnswerAsync(Enter));
            asked++;
            Assert.True(
                !shown.Contains("How many passes", StringComparison.Ordinal) || shown.Contains("Enter = 9: as in old.yaml", StringComparison.Ordinal),
                shown
            );
            if (shown.Contains("now?", StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.Equal(0, await wizard.ExitAsync());
        Assert.InRange(asked, 15, 30);
        Assert.Contains("num_train_epochs: 9", await ExpectCleanAsync("new.yaml", "train"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheFileTrainsAndTheModelAnswers()
    {
        await using var wizard = Start(
            "config",
            "create",
            "train",
            "--model",
            "starter",
            "--dataset",
            "facts",
            "--set",
            "epochs=1",
            "--set",
            "name=taught",
            "-o",
            "t.yaml"
        );
        await wizard.AnswerAsync(Enter);
        Assert.Contains("Start the training now?", Plain(await wizard.AnswerAsync("yes\r")), StringComparison.Ordinal);
        Assert.Equal(0, await wizard.ExitAsync());
        (await Ilab.RunAsync("model", "exists", "taught")).Expect(0);

        var path = Path.Combine(Folder, "i.yaml");
        (await Ilab.RunAsync("config", "create", "infer", "--model", "taught", "-o", path, "--set", "style=exact", "--set", "max-length=5")).Expect(0);
        var answer = (await Ilab.RunWithAsync("What is 3?", [], "model", "inference", "--config", path, "--format", "openai")).Expect(0).Output;
        Assert.Contains("taught", answer, StringComparison.Ordinal);
    }

    private async Task<string> FirstQuestionAsync((string, string)[] environment)
    {
        await using var wizard = Start(80, environment, "config", "create", "train");
        var shown = await wizard.AnswerAsync("q\r");
        Assert.Equal(1, await wizard.ExitAsync());
        return shown;
    }
}
