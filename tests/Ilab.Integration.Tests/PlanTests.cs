using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>`config plan` and `--dry-run` through the real client, service and runner.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class PlanTests(ServedModel served) : IClassFixture<ServedModel>, IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task ATrainingIsMeasuredWithItsDataAndStartsNothing()
    {
        var file = Train("facts.jsonl", string.Concat(Enumerable.Repeat("{\"prompt\": \"Who is it?\", \"completion\": \"It is Ada, of course.\"}\n", 12)));
        var (code, output, error) = await RunAsync("config", "plan", file, "--format", "json");
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        var plan = json.RootElement;
        Assert.True(plan.GetProperty("Fits").GetBoolean());
        var parts = plan.GetProperty("Memory").GetProperty("Parts").EnumerateArray().ToDictionary(static part => part.GetProperty("Part").GetString()!);
        Assert.All(parts.Values, static part => Assert.Equal("measured", part.GetProperty("Tier").GetString()));
        foreach (var part in (string[])["weights", "adapters", "gradients", "optimizer", "activations", "runner"])
        {
            Assert.True(parts[part].GetProperty("Bytes").GetInt64() > 0, part);
        }

        Assert.Contains("2 sequences of ", parts["activations"].GetProperty("Note").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("all full", parts["activations"].GetProperty("Note").GetString(), StringComparison.Ordinal);
        Assert.Equal("", (await RunAsync("job", "ls", "--all", "--quiet")).Output);
    }

    [Fact]
    public async Task WhatDoesNotFitAnotherMachineFailsWithTheChangeThatMakesItFit()
    {
        var file = Train("absent.jsonl", null);
        string[] plan = ["config", "plan", file, "training.per_device_train_batch_size=256", "--resources", "memory=320MB"];
        var (code, output, error) = await RunAsync(plan);
        Assert.Equal(1, code);
        Assert.Contains("Note: the data was not read", error, StringComparison.Ordinal);
        Assert.Contains("it does not fit: ", output, StringComparison.Ordinal);
        const string Start = "smallest change that makes it fit: ";
        var change = output[(output.IndexOf(Start, StringComparison.Ordinal) + Start.Length)..].Split(' ')[0];
        Assert.Equal(0, (await RunAsync([.. plan, change])).ExitCode);
    }

    [Fact]
    public async Task VerbsPlanWhatTheyWereGiven()
    {
        var training = await RunAsync("model", "train", "tiny", "--rank", "16", "--max-seq-len", "64", "--batch-size", "3", "--dry-run");
        Assert.True(training.ExitCode == 0, training.Error);
        Assert.Contains("lora training of tiny on cpu", training.Output, StringComparison.Ordinal);
        Assert.Contains("rank 16, ", training.Output, StringComparison.Ordinal);
        Assert.Contains("3 sequences of 64 tokens, all full", training.Output, StringComparison.Ordinal);
        var auto = await RunAsync("model", "train", "tiny", "--training-type", "auto", "--batch-size", "3", "--dry-run");
        Assert.True(auto.ExitCode == 0, auto.Error);
        Assert.Contains("3 sequences of ", auto.Output, StringComparison.Ordinal);
        Assert.Contains("lora", auto.Error, StringComparison.Ordinal); // what was chosen, and why
        var serving = await RunAsync("model", "serve", "tiny", "--ctx", "256", "--device", "cpu", "--dry-run");
        Assert.True(serving.ExitCode == 0, serving.Error);
        Assert.Contains("full contexts of 256 tokens", serving.Output, StringComparison.Ordinal);
        Assert.Contains("kv cache", serving.Output, StringComparison.Ordinal);
        var run = await RunAsync("model", "run", "tiny", "--dry-run", "--format", "json", "Hello");
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("inference", json.RootElement.GetProperty("Kind").GetString());
        var inference = await RunAsync("model", "inference", "--checkpoint", served.File, "--dry-run");
        Assert.True(inference.ExitCode == 0, inference.Error);
        string[][] forms =
        [
            ["--checkpoint", served.File],
            ["--model-name", "tiny", "--input", "requests.jsonl"],
        ];
        foreach (var form in forms)
        {
            var answer = await RunAsync(["model", "inference", .. form, "--dry-run", "--format", "json", "--resources", "memory=64MiB"]);
            Assert.Equal(1, answer.ExitCode);
            using var plan = JsonDocument.Parse(answer.Output);
            Assert.False(plan.RootElement.GetProperty("Fits").GetBoolean());
        }

        Assert.Equal("", (await RunAsync("model", "ps", "--quiet")).Output);
    }

    [Fact]
    public async Task AGenerationPlansItsTeacher()
    {
        var skill = Path.Combine(_root.Path, "qna.yaml");
        var seeds = Enumerable.Range(0, 5).Select(static index => $"  - question: What is {index}?\n    answer: It is {index}.\n");
        await File.WriteAllTextAsync(skill, $"version: 3\ncreated_by: ada\ntask_description: numbers\nseed_examples:\n{string.Concat(seeds)}");
        var (code, output, error) = await RunAsync("data", "generate", "--skill", skill, "--teacher", "tiny", "--dry-run", "--format", "json");
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        var plan = json.RootElement[0].GetProperty("Plan");
        Assert.Equal(("generation", true), (plan.GetProperty("Kind").GetString(), plan.GetProperty("Fits").GetBoolean()));
    }

    [Fact]
    public async Task ANameWithASizeIsEnough()
    {
        var (code, output, error) = await RunAsync("model", "train", "meta-llama/Llama-3.1-8B", "--dry-run", "--resources", "gpus=1,gpu-memory=24GiB");
        Assert.Equal(1, code);
        Assert.Contains("planned as what is usual for 8 billion parameters", error, StringComparison.Ordinal);
        Assert.Contains("parameters", output, StringComparison.Ordinal);
        var unknown = await RunAsync("model", "train", "nobody", "--dry-run");
        Assert.Equal(127, unknown.ExitCode);
        Assert.Contains("nothing is known of nobody", unknown.Error, StringComparison.Ordinal);
        var wrong = await RunAsync("model", "train", "tiny", "--dry-run", "--resources", "gpus=4");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("add gpu-memory", wrong.Error, StringComparison.Ordinal);
    }

    private string Train(string data, string? records)
    {
        if (records is not null)
        {
            File.WriteAllText(Path.Combine(_root.Path, data), records);
        }

        var file = Path.Combine(_root.Path, "train.yaml");
        File.WriteAllText(
            file,
            $$$"""
            model: {model_name: tiny, model_max_length: 128}
            data: {train: {datasets: [{dataset_name: text_sft_jsonl, dataset_path: "{{{Path.Combine(_root.Path, data)}}}"}]}}
            training: {trainer_type: TRL_SFT, use_peft: true, per_device_train_batch_size: 2, max_steps: 5}
            peft: {lora_r: 4, lora_alpha: 8}
            """
        );
        return file;
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var result = await served.Ilab.RunAsync(arguments);
        return (result.ExitCode, result.Output, result.Error);
    }
}
