using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using static Ilab.Engine.Tests.Serving.Inference.EngineFixture;

namespace Ilab.Engine.Tests.Serving.Inference;

public sealed class GenerateTests : IAsyncLifetime
{
    private readonly EngineFixture _f = new();

    public Task InitializeAsync() => _f.Engine.StartAsync(CancellationToken.None);

    public Task DisposeAsync() => _f.DisposeAsync().AsTask();

    [Fact]
    public async Task The_model_is_loaded_and_the_answer_comes_in_order()
    {
        var events = await _f.RunAsync(Request("small"));

        Assert.Equal("0 1 2 3 4 ", Text(events));
        Assert.Contains(events, e => e is GenerationLoading { Progress.Phase: "starting" });
        var finished = Assert.IsType<GenerationFinished>(events[^1]);
        Assert.Equal(FinishReason.Length, finished.Reason);
        Assert.True(finished.LoadTime > TimeSpan.Zero);
        Assert.Equal(Enumerable.Range(1, 7).Select(i => (ulong)i), events.Where(e => e.Offset > 0).Select(e => e.Offset));
    }

    [Fact]
    public async Task A_loaded_model_answers_without_loading_again()
    {
        await _f.RunAsync(Request("small"));
        var events = await _f.RunAsync(Request("small"));

        Assert.IsType<GenerationStarted>(events[0]);
        Assert.Equal(TimeSpan.Zero, Assert.IsType<GenerationFinished>(events[^1]).LoadTime);
        Assert.Single(_f.Launcher.Started);
    }

    [Fact]
    public async Task The_seed_that_was_used_is_reported_and_defaults_are_those_of_the_api()
    {
        var events = await _f.RunAsync(Request("small"));
        await _f.RunAsync(
            Request("small") with
            {
                Sampling = new SamplingOptions { Seed = 42, Temperature = 0 },
            }
        );

        var submitted = _f.Launcher.Last.Generations.Submitted.ToArray();
        Assert.Equal(submitted[0].Sampling.Seed, Assert.IsType<GenerationFinished>(events[^1]).Seed);
        Assert.Equal(
            (1.0f, 40u, 0.95f, 0.05f, 1.0f, 64u),
            (
                submitted[0].Sampling.Temperature,
                submitted[0].Sampling.TopK,
                submitted[0].Sampling.TopP,
                submitted[0].Sampling.MinP,
                submitted[0].Sampling.RepeatPenalty,
                submitted[0].Sampling.RepeatLastN
            )
        );
        Assert.Equal(42ul, submitted[1].Sampling.Seed);
        Assert.Equal(0, submitted[1].Sampling.Temperature);
    }

    [Fact]
    public async Task A_hundred_requests_at_once_share_one_load()
    {
        var gate = new TaskCompletionSource();
        _f.Launcher.Plan = new() { LoadGate = gate.Task };
        var running = Enumerable.Range(0, 100).Select(_ => _f.RunAsync(Request("small", 20))).ToList();
        await Until(() => _f.Launcher.Started.Count == 1);
        gate.SetResult();
        var answers = await Task.WhenAll(running);

        Assert.All(answers, a => Assert.Equal(string.Concat(Enumerable.Range(0, 20).Select(i => i + " ")), Text(a)));
        Assert.Single(_f.Launcher.Started);
        await Until(() => _f.Engine.Loaded.Single().Active == 0);
        Assert.Equal(1, _f.Holds["small"]);
    }

    [Fact]
    public async Task An_unknown_model_is_not_found()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Request("nothing")));

        Assert.Equal(ErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task What_can_never_fit_is_refused_before_anything_is_started()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Request("huge")));

        Assert.Equal(ErrorKind.DoesNotFit, error.Kind);
        Assert.Contains("10.7 GB for models", error.Message, StringComparison.Ordinal);
        Assert.Empty(_f.Launcher.Started);
        Assert.Equal(0, _f.Holds["huge"]);
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_says_why_to_everybody_and_is_not_a_crash()
    {
        var gate = new TaskCompletionSource();
        _f.Launcher.Plan = new() { LoadGate = gate.Task, Failure = ("CANNOT_LOAD", "unknown architecture: foo") };
        var running = Enumerable.Range(0, 5).Select(_ => _f.RunAsync(Request("small"))).ToList();
        await Until(() => _f.Launcher.Started.Count == 1);
        gate.SetResult();

        foreach (var one in running)
        {
            var error = await Assert.ThrowsAsync<EngineException>(() => one);
            Assert.Equal((ErrorKind.CannotLoad, "unknown architecture: foo"), (error.Kind, error.Message));
        }

        await Until(() => _f.Engine.Loaded.Count == 0 && _f.Holds["small"] == 0);
        _f.Launcher.Plan = new();
        Assert.Equal("0 1 2 3 4 ", Text(await _f.RunAsync(Request("small"))));
    }

    [Theory]
    [InlineData("x y")]
    [InlineData("../up")]
    public async Task A_generation_id_with_odd_characters_is_refused(string id)
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Request("small", id: id)));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public async Task Every_sampling_value_out_of_range_is_named_at_once()
    {
        var sampling = new SamplingOptions { Temperature = -1, TopP = float.NaN };
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Request("small") with { Sampling = sampling }));

        Assert.Contains("temperature", error.Message, StringComparison.Ordinal);
        Assert.Contains("top_p", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_is_tokenized_by_the_model()
    {
        var tokens = await _f
            .Engine.TokenizeAsync(ModelSelection.Stored("small"), "ab", false, false, new LoadSettings(), CancellationToken.None)
            .WaitAsync(Patience);

        Assert.Equal([97, 98], tokens.Tokens);
    }
}
