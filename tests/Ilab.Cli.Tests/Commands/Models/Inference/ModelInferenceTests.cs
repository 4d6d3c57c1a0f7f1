using System.CommandLine;
using System.Text.Json;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Models.Inference;
using Ilab.Cli.Terminal;
using Ilab.Cli.Tests.Fakes;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Commands.Models.Inference;

public sealed class ModelInferenceTests
{
    private readonly TalkBench _bench = new();

    [Fact]
    public async Task OnlyTheContinuationIsPrinted()
    {
        _bench.Service.AnswerText(", there was", " a girl");
        Assert.Equal(0, await RunAsync(["--model-name", "stories", "--prompt", "Once upon a time", "--temperature", "0", "--max-length", "60", "--seed", "5"]));
        Assert.Equal(", there was a girl\n", _bench.Out);
        Assert.Equal("", _bench.Error);
        GenerateRequest request = Assert.Single(_bench.Service.Requests);
        Assert.Equal(("stories", "Once upon a time"), (request.Model.Name, request.Prompt));
        Assert.Equal((0f, 60u, 5ul), (request.Sampling.Temperature, request.MaxTokens, request.Sampling.Seed));
    }

    [Fact]
    public async Task WithoutOptionsTheTemperatureIsOneAndTheLengthAHundred()
    {
        _bench.Service.AnswerText("x");
        await RunAsync(["--model-name", "m", "--prompt", ""]);
        GenerateRequest request = _bench.Service.Requests[0];
        Assert.Equal((0u, 100u, false, false), (request.MaxTokens, request.UsualMaxTokens, request.Sampling.HasTemperature, request.Sampling.HasSeed));
    }

    [Theory]
    [InlineData("Once upon a time\n", "Once upon a time")]
    [InlineData("Once\nupon\n\n", "Once\nupon\n")]
    [InlineData("Once\r\n", "Once")]
    public async Task ThePromptComesFromStandardInput(string input, string prompt)
    {
        _bench.Service.AnswerText("x");
        await RunAsync(["--model-name", "m"], input);
        Assert.Equal(prompt, _bench.Service.Requests[0].Prompt);
    }

    [Fact]
    public async Task NoPromptAtAllIsSaid()
    {
        IlabException error = await Assert.ThrowsAsync<IlabException>(() => RunAsync(["--model-name", "m"], ""));
        Assert.Equal(2, error.ExitCode);
    }

    [Theory]
    [InlineData(new string[0], "--model-name NAME or --checkpoint PATH is required")]
    [InlineData(new[] { "--model-name", "m", "--checkpoint", "f.gguf" }, "--checkpoint and --model-name exclude each other")]
    [InlineData(new[] { "--model-name", "m", "--temperature", "hot" }, "--temperature: expected a number from 0 to 100, got `hot`")]
    [InlineData(new[] { "--model-name", "m", "--max-length", "-5" }, "--max-length: expected a whole number from 0 to 2147483647, got `-5`")]
    [InlineData(new[] { "--input", "f", "--job", "1234" }, "--input and --job exclude each other")]
    [InlineData(new[] { "--input", "f", "--prompt", "a" }, "--prompt is not allowed with --input and --job")]
    [InlineData(new[] { "--input", "f", "--checkpoint", "f.gguf" }, "--checkpoint is not allowed with --input and --job")]
    [InlineData(new[] { "-m", "m", "--prompt", "a", "--output", "f" }, "--output is only allowed with --input or --job")]
    [InlineData(new[] { "--job", "1234", "--detach" }, "--detach is not allowed with --job")]
    public void AWrongLineIsOneClearError(string[] arguments, string message)
    {
        ParseResult line = new ModelInferenceDefinition().Command.Parse(arguments);
        Assert.Equal([message], line.Errors.Select(e => e.Message));
    }

    [Fact]
    public async Task ACheckpointIsNamedByItsAbsolutePath()
    {
        _bench.Service.AnswerText("x");
        await RunAsync(["--checkpoint", "some/file.gguf", "--prompt", "a"]);
        Assert.Equal(Path.GetFullPath("some/file.gguf"), _bench.Service.Requests[0].Model.CheckpointPath);
    }

    [Fact]
    public async Task ACheckpointThatTheServiceMayNotReadIsSentOnce()
    {
        _bench.Service.Answer(new IlabException(ErrorKind.UploadRequired, "the service may not read it")).AnswerText("x").AnswerText("y");
        await RunAsync(["--checkpoint", "/f.gguf", "-i"], "one\ntwo\n");
        Assert.Equal("x\ny\n", _bench.Out);
        Assert.Equal(["/f.gguf"], _bench.Service.Uploaded);
        Assert.Equal(["", "sha256:uploaded", "sha256:uploaded"], _bench.Service.Requests.Select(r => r.Model.Name));
    }

    [Fact]
    public async Task InteractiveTakesOnePromptAfterTheOther()
    {
        _bench.Service.AnswerText("1").AnswerText("2").AnswerText("3");
        await RunAsync(["--model-name", "m", "-i", "--prompt", "zero"], "one\n\ntwo\\\n");
        Assert.Equal(["zero", "one", "two\\"], _bench.Service.Requests.Select(r => r.Prompt));
        Assert.Equal("1\n2\n3\n", _bench.Out);
    }

    [Fact]
    public async Task ControlCInALoopStopsTheAnswerOnly()
    {
        _bench.Service.Answer(ScriptedGenerations.Started(), "half", ScriptedGenerations.Forever).AnswerText("whole");
        Task<int> running = RunAsync(["--model-name", "m", "-i", "--stream"], lines: new ScriptedLines("one", "two"));
        await _bench.Service.Waiting.Task.WaitAsync(TimeSpan.FromSeconds(20));
        _bench.Interrupts.Press();
        Assert.Equal(0, await running.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal("half\nwhole\n", _bench.Out);
        Assert.Equal("(stopped)\n", _bench.Error);
    }

    [Fact]
    public async Task ControlCEndsASingleAnswer()
    {
        using var stop = new CancellationTokenSource();
        _bench.Service.Answer(ScriptedGenerations.Started(), "half", ScriptedGenerations.Forever);
        Task<int> running = RunAsync(["--model-name", "m", "--prompt", "a", "--stream"], stop: stop.Token);
        await _bench.Service.Waiting.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal("half\n", _bench.Out);
        Assert.Single(_bench.Service.Cancelled);
    }

    [Fact]
    public async Task OpenAiFormatIsOneCompletionObject()
    {
        _bench.Service.AnswerText("a \"quoted\"", " ü\n");
        await RunAsync(["--model-name", "tiny", "--prompt", "x", "--format", "openai"]);
        JsonElement root = JsonDocument.Parse(Assert.Single(Lines())).RootElement;
        Assert.Equal("text_completion", root.GetProperty("object").GetString());
        Assert.Equal("tiny:latest", root.GetProperty("model").GetString());
        Assert.Equal("a \"quoted\" ü\n", root.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal("stop", root.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(5, root.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task OpenAiStreamIsOneLinePerPiece()
    {
        _bench.Service.Answer(ScriptedGenerations.Started(), "a", "b", ScriptedGenerations.Finished(FinishReason.Length));
        await RunAsync(["--model-name", "m", "--prompt", "x", "--format", "openai", "--stream"]);
        JsonElement[] choices = [.. Lines().Select(l => JsonDocument.Parse(l).RootElement.GetProperty("choices")[0])];
        Assert.Equal(["a", "b", ""], choices.Select(c => c.GetProperty("text").GetString()));
        Assert.Equal([null, null, "length"], choices.Select(c => c.GetProperty("finish_reason").GetString()));
    }

    [Fact]
    public async Task WithoutStreamingNothingIsPrintedOfAnAnswerThatFails()
    {
        _bench.Service.Answer(ScriptedGenerations.Started(), "half", new IlabException(ErrorKind.RunnerLost, "killed by signal 9"));
        IlabException error = await Assert.ThrowsAsync<IlabException>(() => RunAsync(["--model-name", "m", "--prompt", "a"]));
        Assert.Equal(125, error.ExitCode);
        Assert.Equal("", _bench.Out);
    }

    private string[] Lines() => _bench.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<int> RunAsync(string[] arguments, string? input = null, ILineReader? lines = null, CancellationToken stop = default)
    {
        var definition = new ModelInferenceDefinition();
        ParseResult line = definition.Command.Parse(arguments);
        Assert.Empty(line.Errors);
        return await new ModelInferenceCommand(definition, _bench.Context(input, lines)).RunAsync(line, stop);
    }
}
