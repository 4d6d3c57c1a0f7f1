using System.Diagnostics;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;
using Ilab.Testing;

namespace Ilab.Http.Tests.Interop;

/// <summary>What went wrong in other servers, where the cases and their model are beside the checkout: each is right here.</summary>
[Collection(HttpService.Collection)]
public sealed class ServingCasesTests(HttpService service)
{
    private const string Model = "smollm";

    /// <summary>Set to <c>all</c> to run those, too, whose properties the tests of this assembly check with a smaller model.</summary>
    private const string Selection = "ILAB_TEST_SERVING_CASES";

    private static readonly string[] Always =
    [
        "01-stream-usage-chunk",
        "17-json-schema-holds",
        "19-embeddings-base64",
        "22-prompt-arrays",
        "29-unknown-model",
        "30-error-shape",
        "32-cors-preflight",
        "41-anthropic-stream",
    ];

    public static TheoryData<string> Cases() =>
        [
            "01-stream-usage-chunk",
            "04-stop-across-tokens",
            "07-logprobs-chat-shape",
            "10-finish-reason-length",
            "13-context-overflow",
            "14-content-parts",
            "17-json-schema-holds",
            "19-embeddings-base64",
            "22-prompt-arrays",
            "27-abort-frees-the-slot",
            "29-unknown-model",
            "30-error-shape",
            "32-cors-preflight",
            "36-ollama-keep-alive",
            "41-anthropic-stream",
            "47-forced-tool-call",
        ];

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task EachIsRight(string name)
    {
        Skip.IfNot(Always.Contains(name) || Environment.GetEnvironmentVariable(Selection) == "all", $"runs with {Selection}=all");
        var shared = TestPaths.Shared ?? "";
        var (folder, weights) = (Path.Combine(shared, "cases", "serving", name), Path.Combine(shared, "models", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        Skip.IfNot(Directory.Exists(folder) && File.Exists(weights), "needs the cases and SmolLM2 beside the checkout");
        if ((await service.Ilab.RunAsync("model", "exists", Model)).ExitCode != 0)
        {
            (await service.Ilab.RunAsync("model", "import", weights, "--name", Model)).Expect(0);
        }

        var start = new ProcessStartInfo("python3", [Path.Combine(folder, "cmd")]) { RedirectStandardOutput = true };
        (start.Environment["BASE"], start.Environment["MODEL"], start.Environment["TOKEN"]) = (service.Address.ToString(), Model, "");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
        Assert.Equal("right", (string?)JsonNode.Parse(output)!["verdict"]);
    }
}
