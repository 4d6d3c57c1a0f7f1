using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>The vendors' own clients, unchanged: whole and streamed answers, errors in their own types, an abort.</summary>
[Collection(HttpService.Collection)]
public sealed class StockClientTests(HttpService service)
{
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
    }

    private async Task<JsonNode> RunAsync(string script)
    {
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
