using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>The vendors' own clients, unchanged: whole and streamed answers, errors in their own types, an abort.</summary>
[Collection(HttpService.Collection)]
public sealed class StockClientTests(HttpService service)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task OpenAi()
    {
        var seen = await RunAsync("openai.mjs");
        Assert.Equal("tiny", (string?)seen["models"]![0]);
        Assert.Equal((string?)seen["whole"], (string?)seen["streamed"]);
        Assert.Equal("""["NotFoundError","model_not_found"]""", seen["unknown"]!.ToJsonString());
        Assert.Equal("""["BadRequestError","context_length_exceeded"]""", seen["overflow"]!.ToJsonString());
        Assert.Equal((8, 8), ((int)seen["tokens"]!, (int)seen["usage"]!));
        Assert.Equal("APIUserAbortError", (string?)seen["aborted"]);
        Assert.Equal(2, (int)seen["choices"]!);
        Assert.Equal("[64,64]", seen["embedded"]!.ToJsonString()); // which the client asks for in base64

        Assert.NotEmpty((string)seen["response"]!);
        Assert.All(["sameResponse", "collected", "continued", "retrieved", "listed", "removed"], name => Assert.True((bool)seen[name]!, name));
        Assert.Equal(("response.created", "response.incomplete"), ((string?)seen["events"]!.AsArray()[0], (string?)seen["events"]!.AsArray()[^1]));
        Assert.Equal("[\"Count.\"]", seen["items"]!.ToJsonString());
        Assert.Equal("[\"NotFoundError\",\"not_found\"]", seen["deleted"]!.ToJsonString());
        Assert.Equal("[\"completed\",2]", seen["batch"]!.ToJsonString());
        Assert.Equal("[\"1\",\"2\"]", seen["results"]!.ToJsonString());
        Assert.Equal(["batch", "batch_output"], seen["files"]!.AsArray().Select(static one => (string?)one).Order());
        Assert.Equal("[\"NotFoundError\",\"not_found\"]", seen["noFile"]!.ToJsonString());
    }

    [Fact]
    public async Task LangChain()
    {
        var seen = await RunAsync("langchain.mjs");
        Assert.Equal((string?)seen["whole"], (string?)seen["streamed"]);
        Assert.Equal((string?)seen["whole"], (string?)seen["responses"]);
        Assert.Equal((8, 8), ((int)seen["tokens"]!, (int)seen["usage"]!));
        Assert.Equal("[64,64]", seen["embedded"]!.ToJsonString());
        Assert.Equal("[404,\"model_not_found\"]", seen["unknown"]!.ToJsonString());
        Assert.Equal(400, (int)seen["overflow"]![0]!);
        Assert.NotEqual("no", (string?)seen["aborted"]);
    }

    [Fact]
    public async Task AiSdk()
    {
        var seen = await RunAsync("aisdk.mjs");
        Assert.Equal((string?)seen["whole"], (string?)seen["streamed"]);
        Assert.Equal((8, 8, 8, "length"), ((int)seen["tokens"]!, (int)seen["usage"]!, (int)seen["completed"]!, (string?)seen["reason"]));
        Assert.Equal("[64,64]", seen["embedded"]!.ToJsonString());
        Assert.Equal("[\"APICallError\",404]", seen["unknown"]!.ToJsonString());
        Assert.Equal("[\"APICallError\",400]", seen["overflow"]!.ToJsonString());
        Assert.Equal("abort", (string?)seen["aborted"]);
    }

    [Fact]
    public async Task Ollama()
    {
        var seen = await RunAsync("ollama.mjs");
        Assert.Equal("tiny:latest", (string?)seen["models"]![0]);
        Assert.Equal((string?)seen["whole"], (string?)seen["streamed"]);
        Assert.Equal((3, "llama"), ((int)seen["generated"]!, (string?)seen["family"]));
        Assert.Equal(64, (int)seen["embedded"]!);
        Assert.True((int)seen["running"]! > 0);
        Assert.Equal("""["ResponseError",404,"model 'nope' not found"]""", seen["unknown"]!.ToJsonString(Relaxed));
        Assert.Equal("AbortError", (string?)seen["aborted"]);
    }

    [Fact]
    public async Task Anthropic()
    {
        var seen = await RunAsync("anthropic.mjs");
        Assert.Equal((string?)seen["whole"], (string?)seen["streamed"]);
        Assert.Equal(("max_tokens", 8), ((string?)seen["reason"], (int)seen["tokens"]!));
        Assert.True((int)seen["counted"]! > 0);
        Assert.Equal((int)seen["counted"]!, (int)seen["input"]!);
        Assert.Equal("""["NotFoundError","not_found_error"]""", seen["unknown"]!.ToJsonString());
        Assert.Equal("""["BadRequestError","invalid_request_error"]""", seen["overflow"]!.ToJsonString());
        Assert.Equal("APIUserAbortError", (string?)seen["aborted"]);
    }

    private async Task<JsonNode> RunAsync(string script)
    {
        // Whatever a test before left running ends meanwhile, and the prompt is known then: what is computed in other steps differs by rounding.
        await service.PostAsync("/v1/chat/completions", """{"model":"tiny","messages":[{"role":"user","content":"Count."}],"temperature":0,"max_tokens":8}""");
        using var process = Process.Start(
            new ProcessStartInfo("node", [script, service.Address.ToString().TrimEnd('/'), HttpService.Model])
            {
                WorkingDirectory = Folder(),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await error);
        return JsonNode.Parse(output)!;
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(path))!, "clients");
}
