using System.Globalization;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Benchmarks.Measure;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// Days of use in minutes: requests to two models at once, each of which must get the answer that it got the first time, and models that are loaded and
/// unloaded. What the processes hold at the end is compared with what they held after half of it: before that the runtime takes what it likes to have.
/// </summary>
/// <param name="requests">Of both models together.</param>
/// <param name="loads">Loads with a request each.</param>
internal sealed class SoakSuite(int requests, int loads) : ISuite
{
    private const int Prompts = 8;
    private static readonly string[] Models = ["one", "two"];

    public string Name => "soak";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var installation = new Installation();
        await installation.StartAsync(cancellationToken);
        foreach (var (index, model) in Models.Index())
        {
            var file = Path.Combine(installation.Root, $"{model}.gguf");
            RandomLlama.Write(file, new LlamaShape(128, 256, 2, 2, 1024), model, seed: index + 1);
            await installation.RunAsync(["model", "import", file, "--name", model], cancellationToken);
        }

        using var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, installation.Socket));
        var first = await AskAsync(client, requests / 2, null, cancellationToken);
        var before = Memory(installation);
        var answers = await AskAsync(client, requests / 2, first, cancellationToken);
        Add("requests answered as the first time", requests - first.Wrong - answers.Wrong, "", requests);
        AddGrowth("growth of the service and two runners over the second half", Memory(installation) - before);

        await LoadAsync(installation, client, loads / 2, cancellationToken);
        before = Memory(installation);
        await LoadAsync(installation, client, loads / 2, cancellationToken);
        AddGrowth($"growth of the service over the second half of {loads} loads", Memory(installation) - before);

        void Add(string what, double value, string unit, double least) =>
            report.Add(what, value, unit, string.Create(CultureInfo.InvariantCulture, $"{least:0}"), value >= least);

        void AddGrowth(string what, long bytes) => report.Add(what, bytes / 1e6, "MB", "< 64 MB", bytes < 64_000_000);
    }

    /// <returns>The first answer to each prompt of each model, and how many later ones were others.</returns>
    private static async Task<Answers> AskAsync(IlabClient client, int count, Answers? known, CancellationToken cancellationToken)
    {
        var all = await Task.WhenAll(Models.Select(model => AskOneAsync(client, model, count / Models.Length, known, cancellationToken)));
        return new Answers(all.SelectMany(static one => one.Texts).ToDictionary(), all.Sum(static one => one.Wrong));
    }

    private static async Task<Answers> AskOneAsync(IlabClient client, string model, int count, Answers? known, CancellationToken cancellationToken)
    {
        var (texts, wrong) = (new Dictionary<string, string>(), 0);
        for (var index = 0; index < count; index++)
        {
            var prompt = $"{index % Prompts} " + string.Concat(Enumerable.Repeat("once upon a time there was ", index % Prompts));
            var text = await AnswerAsync(client, model, prompt, cancellationToken);
            texts.TryAdd(model + prompt, known?.Texts.GetValueOrDefault(model + prompt) ?? text);
            wrong += texts[model + prompt] == text ? 0 : 1;
        }

        return new Answers(texts, wrong);
    }

    private static async Task<string> AnswerAsync(IlabClient client, string model, string prompt, CancellationToken cancellationToken)
    {
        var request = new GenerateRequest
        {
            Model = new ModelSelector { Name = model },
            Prompt = prompt,
            MaxTokens = 3,
            Sampling = new Sampling { Temperature = 0 },
        };
        using var call = client.Inference.Generate(request, cancellationToken: cancellationToken);
        var text = new System.Text.StringBuilder();
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            text.Append(message.Delta?.Text);
        }

        return text.ToString();
    }

    private static async Task LoadAsync(Installation installation, IlabClient client, int count, CancellationToken cancellationToken)
    {
        for (var index = 0; index < count; index++)
        {
            await AnswerAsync(client, Models[index % Models.Length], "once", cancellationToken);
            await installation.RunAsync(["model", "stop", Models[index % Models.Length]], cancellationToken);
        }
    }

    /// <summary>Resident bytes of the service and of the runners that it started.</summary>
    private static long Memory(Installation installation) =>
        Directory
            .EnumerateDirectories("/proc")
            .Where(static folder => int.TryParse(Path.GetFileName(folder), out _))
            .Sum(folder => OfProcess(folder, installation));

    private static long OfProcess(string folder, Installation installation)
    {
        try
        {
            var isOurs = File.ReadAllText(Path.Combine(folder, "cmdline")).Contains(installation.Root, StringComparison.Ordinal);
            return isOurs
                ? long.Parse(File.ReadAllText(Path.Combine(folder, "statm")).Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize
                : 0;
        }
        catch (IOException)
        {
            return 0; // it ended meanwhile
        }
    }

    private sealed record Answers(Dictionary<string, string> Texts, int Wrong);
}
