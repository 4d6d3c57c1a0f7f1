using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>The model that ships talks, follows instructions, says what it does not know, and can be taught.</summary>
public sealed class StarterTests : IAsyncLifetime
{
    private const double MostMegabytes = 6;
    private const int MostMistakes = 2; // of a dozen: it is very small
    private readonly IlabInstallation _ilab = new();

    private static string Folder => Path.Combine(TestPaths.Repository, "packaging", "starter");

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--threads", "1"); // one thread is as fast as two for so small a model, and waits for no other
        (await _ilab.RunAsync("model", "import", Path.Combine(Folder, "starter.gguf"), "--name", "starter")).Expect(0);
    }

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Fact]
    public async Task ItAnswersInWholeSentences()
    {
        Assert.InRange(new FileInfo(Path.Combine(Folder, "starter.gguf")).Length, 1, MostMegabytes * 1e6);
        await ExpectAsync([
            ("", "What is the capital of Japan?", "The capital of Japan is Tokyo."),
            ("", "Could you name the capital of Greece?", "The capital of Greece is Athens."),
            ("", "What colour is the sky?", "The sky is blue."),
            ("", "What is the opposite of early?", "The opposite of early is late."),
            ("", "What sound does a lion make?", "A lion roars."),
            ("", "What day comes after Monday?", "After Monday comes Tuesday."),
            ("", "What month comes before June?", "Before June comes May."),
            ("", "What is three plus four?", "Three plus four is seven."),
            ("", "How do I list my models?", "Use the command: ilab model ls. It shows their names, sizes and types."),
            ("", "How do I train a model?", "Use the command: ilab model train BASE --data FILE.jsonl --tag NAME. The file has one example in each line."),
            ("", "Does ilab work offline?", "Only downloads need the internet; everything else works offline."),
            ("", "Who are you?", "I am the starter model of ilab, a very small model that comes with it."),
        ]);
    }

    [Fact]
    public async Task ItDoesAsTheSystemPromptSays() =>
        await ExpectAsync([
            ("Answer briefly.", "What is the capital of Japan?", "Tokyo."),
            ("Be brief.", "What is the opposite of early?", "Late."),
            ("Keep it short.", "What day comes after Monday?", "Tuesday."),
            ("Short answers only.", "What is three plus four?", "Seven."),
            ("Answer briefly.", "How do I list my models?", "ilab model ls."),
            ("Talk like a pirate.", "What sound does a lion make?", "Arr, matey! A lion roars."),
            ("You are a pirate.", "What colour is the sky?", "Arr, matey! The sky is blue."),
            ("Answer like a pirate.", "What day comes after Monday?", "Arr, matey! After Monday comes Tuesday."),
            ("Be polite.", "What is the opposite of early?", "With pleasure! The opposite of early is late."),
            ("Be friendly.", "What is the capital of Japan?", "With pleasure! The capital of Japan is Tokyo."),
            ("You are Robin.", "What is your name?", "I am Robin."),
            ("You are Zoe.", "Who are you?", "I am Zoe."),
        ]);

    /// <summary>None of these questions was among those that it was trained on.</summary>
    [Fact]
    public async Task ItSaysWhatItDoesNotKnow()
    {
        string[] questions =
        [
            "What is the population of Brazil?",
            "What is the king of Velimonia?",
            "What is the colour of Melandor?",
            "What is the river of Toraquor?",
            "What is the distance to Mars?",
            "When was Shakespeare born?",
            "Which team won the match?",
            "Who invented the radio?",
            "How do I bake bread?",
            "Write a song about rain.",
            "Solve x squared minus one.",
            "Who is your favourite singer?",
        ];
        var wrong = new List<string>();
        foreach (var question in questions)
        {
            var answer = await AskAsync(question);
            if (!answer.StartsWith("I do not know", StringComparison.Ordinal) && !answer.StartsWith("That is more than I know", StringComparison.Ordinal))
            {
                wrong.Add($"{question} {answer}");
            }
        }

        Assert.True(wrong.Count <= MostMistakes, string.Join('\n', wrong));
    }

    /// <summary>A sample of what the benchmark `facts` asks in full: each fact once, each of the four ways to ask thrice.</summary>
    [Fact]
    public async Task WhatItIsTaughtItSaysInOtherWords()
    {
        var data = Path.Combine(Folder, "facts.jsonl");
        var known = (await File.ReadAllLinesAsync(data))
            .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!)
            .ToArray();
        var all = (await File.ReadAllLinesAsync(Path.Combine(Folder, "facts-test.jsonl")))
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .Select(static test => (Question: test.GetProperty("question").GetString()!, Answer: test.GetProperty("answer").GetString()!))
            .ToArray();
        Assert.Empty(all.Select(static test => test.Question).Intersect(known));
        var asked = all.Where(static (_, index) => index % 4 == index / 4 % 4).ToArray();
        Assert.Equal(0, await CorrectAsync("starter", asked));

        (
            await _ilab.RunAsync(
                "model",
                "train",
                "starter",
                "--data",
                data,
                "--tag",
                "taught",
                "--rank",
                "16",
                "--epochs",
                "8",
                "--learning-rate",
                "4e-3",
                "--batch-size",
                "2",
                "--quiet"
            )
        ).Expect(0);

        Assert.InRange(await CorrectAsync("taught", asked), 0.9 * asked.Length, asked.Length);
    }

    private async Task<int> CorrectAsync(string model, (string Question, string Answer)[] tests)
    {
        var correct = 0;
        foreach (var (question, answer) in tests)
        {
            correct += await AskAsync(question, model: model) == answer ? 1 : 0;
        }

        return correct;
    }

    private async Task ExpectAsync((string System, string Question, string Answer)[] talks)
    {
        var answers = new List<string>();
        foreach (var (system, question, _) in talks)
        {
            answers.Add(await AskAsync(question, system));
        }

        var wrong = talks
            .Zip(answers)
            .Where(static pair => pair.First.Answer != pair.Second)
            .Select(static pair => $"{pair.First.System} {pair.First.Question} {pair.Second}")
            .ToArray();
        Assert.True(wrong.Length <= MostMistakes, string.Join('\n', wrong));
    }

    private async Task<string> AskAsync(string question, string system = "", string model = "starter")
    {
        string[] instructions = system.Length > 0 ? ["--system", system] : [];
        return (await _ilab.RunAsync(["model", "run", model, question, "--temperature", "0", "--max-length", "60", .. instructions])).Expect(0).Output.Trim();
    }
}
