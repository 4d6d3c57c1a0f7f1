using System.Text;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Tests.Inference;

/// <summary>What one asker gets, alone and among others.</summary>
[Collection(NativeCompute.Name)]
public sealed class AnswerTests(HostedModel model) : IClassFixture<HostedModel>
{
    private static readonly string[] Prompts = ["a", "once upon", "the quick brown fox", "zebra", "1 2 3 4 5 6 7", "ä☺", "hello hello", "x y z"];

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public async Task AskersAtOnceGetWhatEachGetsAloneButForTokensThatAreAsLikely(int count)
    {
        var alone = new List<Answer>();
        foreach (var prompt in Prompts.Take(count))
        {
            alone.Add(await model.AskAsync(WithLogprobs(prompt)));
        }

        Assert.True(alone.Select(static a => a.Text).Distinct().Count() > 1, "the model says the same to everybody: this test would show nothing");
        await using var reader = new SessionReader(model.Host);
        var requests = Prompts.Take(count).Select(WithLogprobs).ToList();
        requests.ForEach(reader.Submit);
        for (var index = 0; index < count; index++)
        {
            var together = await reader.ReadAsync(requests[index].GenerationId);
            Assert.Equal(40U, together.Finished.CompletionTokens);
            alone[index].AssertSame(together);
        }
    }

    [Fact]
    public async Task ASeedGivesTheSameTextAgainAndAnotherSeedAnother()
    {
        var first = await model.AskAsync(Seeded(7));
        var again = await model.AskAsync(Seeded(7));
        var other = await model.AskAsync(Seeded(8));

        Assert.Equal(first.Text, again.Text);
        Assert.NotEqual(first.Text, other.Text);
        Assert.Equal(7UL, first.Started.Seed);
    }

    [Fact]
    public async Task LogprobsAreThoseOfADistributionWithTheChosenOneFirst()
    {
        var request = model.Request();
        request.Logprobs = 5;
        var answer = await model.AskAsync(request);

        Assert.Equal(24, answer.Tokens.Count);
        Assert.All(
            answer.Tokens,
            static token =>
            {
                Assert.Equal((token.Token, token.Logprob), (token.Top[0].Token, token.Top[0].Logprob));
                Assert.Equal(token.Top.Select(static t => t.Logprob).OrderDescending(), token.Top.Select(static t => t.Logprob));
                Assert.InRange(token.Top.Sum(static t => Math.Exp(t.Logprob)), 0, 1.0001);
                Assert.Equal(5, token.Top.Count);
            }
        );
    }

    [Fact]
    public async Task ACancelledAnswerEndsAndItsPlaceIsFree()
    {
        await using var reader = new SessionReader(model.Host);
        var held = new HeldDecoder(model.Host);
        reader.Submit(model.Request(tokens: 1));
        await held.ReachedAsync();

        // Both begin in one step, at whose end the decoder is held again: the long one has begun and cannot have ended.
        var (request, neighbour) = (model.Request(tokens: 0), model.Request(tokens: 1));
        reader.Submit(request);
        reader.Submit(neighbour);
        held.GoOn();
        await held.ReachedAsync();
        model.Host.Cancel(request.GenerationId);
        held.Dispose();
        var answer = await reader.ReadAsync(request.GenerationId);

        Assert.Equal(Finished.Types.Reason.Cancelled, answer.Finished.Reason);
        Assert.InRange(answer.Finished.CompletionTokens, 0U, 1U);
        Assert.Equal(Finished.Types.Reason.Length, (await reader.ReadAsync(neighbour.GenerationId)).Finished.Reason);
        Assert.Equal(0, model.Host.Active);
        Assert.Equal(24U, (await model.AskAsync(model.Request())).Finished.CompletionTokens);
    }

    [Fact]
    public async Task AReaderThatComesLaterReadsFromWhereItAsks()
    {
        var request = model.Request();
        var whole = await model.AskAsync(request);
        await using var reader = new SessionReader(model.Host);
        reader.Attach(request.GenerationId, 1);
        var rest = await reader.ReadAsync(request.GenerationId);

        Assert.Equal(whole.Events.Skip(1).Select(static e => e.Offset), rest.Events.Select(static e => e.Offset));
        Assert.Equal(whole.Text, rest.Text);
        reader.Attach("nobody", 0);
        Assert.Equal("NOT_FOUND", (await reader.ReadAsync("nobody")).Failed.ErrorKind);
    }

    [Fact]
    public async Task EachSamplingOptionChangesWhatItShould()
    {
        var greedy = (await model.AskAsync(model.Request())).Text;
        var free = (await model.AskAsync(Seeded(5))).Text;
        foreach (var narrow in new Action<Sampling>[] { static s => s.TopK = 1, static s => s.TopP = 1e-6f, static s => s.MinP = 1 })
        {
            var request = Seeded(5);
            request.MaxTokens = 24;
            narrow(request.Sampling);
            Assert.Equal(greedy, (await model.AskAsync(request)).Text);
        }

        Assert.NotEqual(greedy, free[..Math.Min(free.Length, greedy.Length)]);
        foreach (
            var penalize in new Action<Sampling>[]
            {
                static s => s.PresencePenalty = 100,
                static s => s.FrequencyPenalty = 100,
                static s => s.RepeatPenalty = 1000,
            }
        )
        {
            var penalized = model.Request(tokens: 40);
            penalized.EchoLogprobs = true;
            penalized.Sampling.RepeatLastN = 256;
            penalize(penalized.Sampling);
            var tokens = (await model.AskAsync(penalized)).Tokens.Select(static t => t.Token).ToList();
            Assert.Equal(40, tokens.Distinct().Count());
        }

        var plain = model.Request(tokens: 40);
        plain.EchoLogprobs = true;
        Assert.True(
            (await model.AskAsync(plain)).Tokens.Select(static t => t.Token).Distinct().Count() < 40,
            "the model repeats nothing: the penalties would show nothing"
        );
    }

    [Fact]
    public async Task ThePartOfThePromptThatIsKnownIsNotComputedAgainAndTheAnswerIsTheSame()
    {
        const string Prompt = "a story that was told before, and is told again";
        var fresh = await model.AskAsync(model.Request(Prompt, 32));
        var request = model.Request(Prompt, 32);
        request.Fresh = false;
        var reused = await model.AskAsync(request);

        Assert.Equal(0U, fresh.Finished.CachedPromptTokens);
        Assert.Equal(reused.Finished.PromptTokens - 1, reused.Finished.CachedPromptTokens);
        Assert.Equal(fresh.Text, reused.Text);
    }

    [Fact]
    public async Task ALineOfConversationGoesOnFromWhatIsKnown()
    {
        var first = await model.AskAsync(model.Request("tell me", 8));
        var request = model.Request("tell me more of the same", 8);
        request.Fresh = false;

        var second = await model.AskAsync(request);

        Assert.InRange(second.Finished.CachedPromptTokens, first.Finished.PromptTokens - 1, second.Finished.PromptTokens - 1);
        Assert.Equal((await model.AskAsync(model.Request("tell me more of the same", 8))).Text, second.Text);
    }

    [Fact]
    public async Task APromptLongerThanTheContextIsOneClearError()
    {
        var answer = await model.AskAsync(model.Request(new string('x', 1000)));

        Assert.Equal("CONTEXT_EXCEEDED", answer.Failed.ErrorKind);
        Assert.Matches("^the prompt has [0-9]+ tokens, more than the context of 256; shorten it$", answer.Failed.Message);
        Assert.Single(answer.Events);
    }

    [Fact]
    public async Task TheAnswerEndsWhereTheContextEnds()
    {
        var answer = await model.AskAsync(model.Request("on and on", tokens: 0));

        Assert.Equal(Finished.Types.Reason.Length, answer.Finished.Reason);
        Assert.Equal((uint)HostedModel.ContextLength + 1, answer.Finished.PromptTokens + answer.Finished.CompletionTokens);
    }

    [Fact]
    public async Task AStopStringEndsTheAnswerBeforeItWhereverTokensBegin()
    {
        var whole = (await model.AskAsync(model.Request(tokens: 40))).Text;
        for (var start = 1; start + 6 < whole.Length; start += 5)
        {
            var stop = whole.Substring(start, 6);
            if (char.IsLowSurrogate(stop[0]) || char.IsHighSurrogate(stop[^1]))
            {
                continue;
            }

            var request = model.Request(tokens: 40);
            request.Stop.Add(stop);
            var answer = await model.AskAsync(request);

            Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], answer.Text);
            Assert.Equal((Finished.Types.Reason.Stop, stop), (answer.Finished.Reason, answer.Finished.Stop));
        }
    }

    [Fact]
    public async Task CharactersOfSeveralTokensAreNeverSplit()
    {
        var request = Seeded(3);
        request.MaxTokens = 200;
        request.EchoLogprobs = true;
        var answer = await model.AskAsync(request);

        Assert.Equal(Encoding.UTF8.GetString(answer.Bytes), answer.Text);
        foreach (var text in answer.Events.Where(static e => e.Delta is not null).Select(static e => e.Delta.Text))
        {
            Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
        }
    }

    private Submit WithLogprobs(string prompt)
    {
        var request = model.Request(prompt, 40);
        request.Logprobs = 2;
        return request;
    }

    private Submit Seeded(ulong seed)
    {
        var request = model.Request(tokens: 32);
        request.Sampling = new Sampling
        {
            Temperature = 1,
            TopP = 1,
            RepeatPenalty = 1,
            RepeatLastN = 64,
            Seed = seed,
        };
        return request;
    }
}
