using System.Text.Json;
using Ilab.Gguf.Safetensors;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A Modelfile becomes a model that answers as the file says.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class ModelfileTests : IAsyncLifetime
{
    private readonly IlabInstallation _ilab = new();
    private readonly GgmlLock _compute = new();
    private string _folder = "";

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync();
        _folder = Directory.CreateDirectory(Path.Combine(_ilab.Root, "My Model")).FullName;
        RandomLlama.Write(Path.Combine(_folder, "base.gguf"), LlamaShape.Talkative, "talkative");
        (await _ilab.RunAsync("model", "import", Path.Combine(_folder, "base.gguf"), "--name", "base")).Expect(0);
        var repository = Directory.CreateDirectory(Path.Combine(_folder, "with config")).FullName;
        File.Copy(Path.Combine(_folder, "base.gguf"), Path.Combine(repository, "model.gguf"));
        await File.WriteAllTextAsync(Path.Combine(repository, "config.json"), "{}");
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Theory]
    [InlineData("base")]
    [InlineData("./base.gguf")]
    [InlineData("base.gguf")]
    [InlineData("./with config")]
    public async Task ItsSettingsTakeEffectUnlessTheRequestSaysOtherwise(string from)
    {
        await WriteAsync(
            $"FROM {from}\nPARAMETER temperature 0\nPARAMETER num_predict 6\nPARAMETER repeat_penalty 1.5\nSYSTEM \"\"\"Answer in one line.\"\"\"\n"
        );
        Assert.Equal("terse:latest\n", (await _ilab.RunAsync("model", "import", Path.Combine(_folder, "Modelfile"), "--name", "terse")).Expect(0).Output);
        string[] said = ["--temperature", "0", "--max-length", "6", "--repeat-penalty", "1.5"];
        var expected = await SayAsync("base", [.. said, "--system", "Answer in one line."]);
        Assert.NotEqual(expected, await SayAsync("base", said));
        Assert.Equal(expected, await SayAsync("terse"));
        Assert.Equal(await SayAsync("base", [.. said, "--system", "Be long."]), await SayAsync("terse", "--system", "Be long."));
        Assert.Equal(
            await SayAsync("base", [.. said[..3], "9", .. said[4..], "--system", "Answer in one line."]),
            await SayAsync("terse", "--max-length", "9")
        );
        Assert.Equal(2, (await ListedAsync()).Length); // no model without a name stays behind
    }

    [Fact]
    public async Task FirstTurnsAndStopsAreTheModels()
    {
        await WriteAsync("FROM base\nPARAMETER temperature 0\nPARAMETER num_predict 12\nMESSAGE user Hello\nMESSAGE assistant Ahoy\n");
        (await _ilab.RunAsync("model", "import", _folder)).Expect(0);
        var whole = await SayAsync("my-model");
        Assert.NotEqual(await SayAsync("base", "--temperature", "0", "--max-length", "12"), whole);
        var stop = whole[(whole.Length / 2)..][..2];
        await WriteAsync($"FROM my-model\nPARAMETER stop \"{stop}\"\n");
        (await _ilab.RunAsync("model", "import", _folder, "--name", "stopped")).Expect(0);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], await SayAsync("stopped"));
    }

    [Fact]
    public async Task InspectShowsWhatItSays()
    {
        await WriteAsync(
            "FROM base\nPARAMETER num_ctx 128\nPARAMETER mirostat 2\nSYSTEM be brief\nMESSAGE user hi\nTEMPLATE {{ .Prompt }}\nLICENSE do what you like\n"
        );
        var imported = (await _ilab.RunAsync("model", "import", _folder, "--name", "shown")).Expect(0);
        Assert.Contains("Warning: Modelfile, line 3: the parameter mirostat is not used here", imported.Error, StringComparison.Ordinal);
        Assert.Contains("Warning: TEMPLATE is a Go template", imported.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await _ilab.RunAsync("model", "inspect", "shown")).Expect(0).Output);
        var model = json.RootElement[0];
        var settings = model.GetProperty("Settings");
        Assert.Equal("do what you like", model.GetProperty("License").GetString());
        Assert.Equal(("be brief", "{{ .Prompt }}"), (settings.GetProperty("System").GetString(), settings.GetProperty("Template").GetString()));
        Assert.Equal("128", settings.GetProperty("Parameters").GetProperty("num_ctx").GetString());
        Assert.Equal("hi", settings.GetProperty("Messages")[0].GetProperty("Content").GetString());
        await SayAsync("shown", "--max-length", "2");
        Assert.Equal("128", (await _ilab.RunAsync("model", "ps", "--format", "{{.ContextLength}}")).Expect(0).Output.Trim());
    }

    [Fact]
    public async Task AFolderOfSafetensorsAndAnAdapterBecomeOneModel()
    {
        new TinyModel(new TinyModelShape()).Write(Path.Combine(_folder, "hf"), shards: 2);
        await WriteAsync("FROM ./hf\n");
        (await _ilab.RunAsync("model", "import", _folder, "--name", "plain")).Expect(0);
        WriteAdapter(Path.Combine(_folder, "lora"));
        await WriteAsync("FROM ./hf\nADAPTER ./lora\nPARAMETER temperature 0\n");
        (await _ilab.RunAsync("model", "import", _folder, "--name", "tuned")).Expect(0);
        Assert.NotEqual(await CompleteAsync("plain", "--temperature", "0"), await CompleteAsync("tuned"));
        Assert.Equal(3, (await ListedAsync()).Length);

        RandomLlama.Write(Path.Combine(_folder, "small.gguf"), LlamaShape.Smallest, "small");
        await WriteAsync("FROM small.gguf\nADAPTER ./lora\n");
        var error = (await _ilab.RunAsync("model", "import", _folder, "--name", "wrong")).Error;
        Assert.Contains("Modelfile, line 2: ADAPTER ./lora: ", error, StringComparison.Ordinal);
        Assert.Equal(3, (await ListedAsync()).Length);
    }

    [Theory]
    [InlineData("FROM nowhere:latest\n", 127, "Modelfile, line 1: FROM nowhere:latest: no such model")]
    [InlineData("FROM ./missing.gguf\n", 125, "Modelfile, line 1: FROM ./missing.gguf")]
    [InlineData("FROM base\nPARAMETER temperature hot\n", 2, "line 2: temperature is a number from 0 to 100")]
    [InlineData("FROM base\nADAPTER ./base.gguf\n", 2, "line 2: ADAPTER ./base.gguf: this is a whole model, not an adapter")]
    [InlineData("FROM base\nSYSTEM \"\"\"never closed\n", 2, "line 2: the text that begins here has no closing")]
    public async Task WhatIsWrongIsOneLineAndLeavesNothing(string text, int code, string message)
    {
        await WriteAsync(text);
        var result = (await _ilab.RunAsync("model", "import", _folder, "--name", "wrong")).Expect(code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(static character => character == '\n'));
        Assert.Single(await ListedAsync());
    }

    [Fact]
    public async Task ConvertNamesTheVerbThatReadsIt()
    {
        await WriteAsync("FROM base\n");
        var result = await _ilab.RunAsync("model", "convert", Path.Combine(_folder, "Modelfile"));
        Assert.Contains("ilab model import", result.Expect(1).Error, StringComparison.Ordinal);
    }

    private static void WriteAdapter(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type":"LORA","r":4,"lora_alpha":64,"use_rslora":true}""");
        var random = new Random(5);
        var writer = new SafetensorsWriter();
        foreach (var (name, rows, columns) in new[] { ("lora_A.default", 4, 64), ("lora_B.default", 96, 4) })
        {
            var values = Enumerable.Range(0, rows * columns).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
            writer.Add(
                $"base_model.model.model.layers.0.mlp.up_proj.{name}.weight",
                SafetensorsType.F32,
                [rows, columns],
                stream => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values))
            );
        }

        writer.Write(Path.Combine(folder, "adapter_model.safetensors"));
    }

    private Task WriteAsync(string text) => File.WriteAllTextAsync(Path.Combine(_folder, "Modelfile"), text);

    private async Task<string> SayAsync(string model, params string[] options) =>
        (await _ilab.RunAsync(["model", "run", model, "Who are you?", .. options])).Expect(0).Output.TrimEnd('\n');

    private async Task<string> CompleteAsync(string model, params string[] options) =>
        (await _ilab.RunAsync(["model", "inference", "--model-name", model, "--prompt", "the cat", "--max-length", "12", .. options])).Expect(0).Output;

    private async Task<string[]> ListedAsync() =>
        (await _ilab.RunAsync("model", "ls", "-q", "--no-trunc")).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
