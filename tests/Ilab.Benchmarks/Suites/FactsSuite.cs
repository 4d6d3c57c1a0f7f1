using System.Diagnostics;
using System.Text.Json;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Benchmarks.Measure;
using Ilab.Client;
using Ilab.Client.Connections;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// What a training teaches: the starter model is asked for made-up facts before and after a LoRA on them, in words that are in none of its records. An answer
/// counts when it is the expected one to the letter.
/// </summary>
internal sealed class FactsSuite : ISuite
{
    private const double MostMinutes = 5;
    private const double LeastShare = 90;

    public string Name => "facts";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var installation = new Installation();
        await installation.StartAsync(cancellationToken);
        var folder = Path.Combine(installation.Repository, "packaging", "starter");
        var data = Path.Combine(folder, "facts.jsonl");
        var tests = (await File.ReadAllLinesAsync(Path.Combine(folder, "facts-test.jsonl"), cancellationToken))
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .ToArray();
        var known = (await File.ReadAllLinesAsync(data, cancellationToken))
            .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("messages")[0].GetProperty("content").GetString())
            .ToHashSet();
        var seen = tests.Count(test => known.Contains(test.GetProperty("question").GetString()));
        report.Add("questions of the test that are among the records", seen, "", "0", seen == 0);

        using var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, installation.Socket));
        var before = await CorrectAsync(client, "starter", tests, cancellationToken);
        report.Add($"right answers to {tests.Length} questions, before", before, "%", "0 %", before == 0);
        var begun = Stopwatch.GetTimestamp();
        await installation.RunAsync(
            ["model", "train", "starter", "--data", data, "--tag", "taught", "--rank", "16", "--epochs", "8", "--learning-rate", "4e-3", "--batch-size", "2"],
            cancellationToken
        );
        var minutes = Stopwatch.GetElapsedTime(begun).TotalMinutes;
        report.Add("LoRA on the records, rank 16, 8 epochs", minutes, "min", $"<= {MostMinutes} min", minutes <= MostMinutes);
        var after = await CorrectAsync(client, "taught", tests, cancellationToken);
        report.Add($"right answers to {tests.Length} questions, afterwards", after, "%", $">= {LeastShare} %", after >= LeastShare);
    }

    /// <returns>Percent.</returns>
    private static async Task<double> CorrectAsync(IlabClient client, string model, JsonElement[] tests, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(tests.Select(test => AnswerAsync(client, model, test.GetProperty("question").GetString()!, cancellationToken)));
        return 100.0 * answers.Zip(tests).Count(static pair => pair.First == pair.Second.GetProperty("answer").GetString()) / tests.Length;
    }

    private static async Task<string> AnswerAsync(IlabClient client, string model, string question, CancellationToken cancellationToken)
    {
        var request = new GenerateRequest
        {
            Model = new ModelSelector { Name = model },
            Conversation = new Conversation(),
            Sampling = new Sampling { Temperature = 0 },
            MaxTokens = 60,
        };
        request.Conversation.Messages.Add(new ChatMessage { Role = "user", Content = question });
        using var call = client.Inference.Generate(request, cancellationToken: cancellationToken);
        var text = new System.Text.StringBuilder();
        await foreach (var said in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            text.Append(said.Delta?.Text);
        }

        return text.ToString().Trim();
    }
}
