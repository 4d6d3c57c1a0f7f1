using System.Text;
using Ilab.Native.Llama;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Data;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Data;

/// <summary>What becomes of the lines of a data file.</summary>
[Collection(NativeCompute.Name)]
public sealed class DataReaderTests : IDisposable
{
    private const string ChatMl =
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    private readonly TestModel _model = new(new TransformerShape(), ChatMl);

    [Theory]
    [InlineData(
        """{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"},{"role":"user","content":"And?"},{"role":"assistant","content":"No."}]}""",
        "Ho<|im_end|>\nNo.<|im_end|>\n</s>"
    )]
    [InlineData(
        """{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}],"unmask":true}""",
        "<|im_start|>user\nHi<|im_end|>\nHo<|im_end|>\n</s>"
    )]
    [InlineData("""{"instruction":"Add.","input":"1 2","output":"3"}""", "3<|im_end|>\n</s>")]
    [InlineData("""{"prompt":"One, two,","completion":" three"}""", "\u2581three</s>")]
    [InlineData("""{"system":"","user":"Hi","assistant":"Ho"}""", "Ho<|im_end|>\n</s>")]
    public void OnlyAnswersAreLearned(string line, string learned) => Assert.Equal(learned, Learned(Read(line).Samples[0]));

    [Fact]
    public void PlainTextIsLearnedWhole()
    {
        var data = Read("""{"text":"Once upon a time."}""");
        Assert.Equal(data.Samples[0].Tokens.Length - 1, data.Samples[0].LearnedCount);
        Assert.Equal("text", data.Report.Shape);
    }

    [Fact]
    public void EveryBadLineIsToldWithItsNumber()
    {
        var error = Assert.Throws<RunnerException>(() =>
            Read(
                """{"prompt":"a","completion":"b"}""",
                """{"prompt":"a"}""",
                "not json",
                """{"text":"of another shape"}""",
                "",
                """{"messages":[{"role":"king","content":"x"}]}"""
            )
        );

        Assert.Equal("INVALID_ARGUMENT", error.Kind);
        Assert.Contains("line 2: completion is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 3: not valid JSON", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 4: the record has text, but line 1 has prompt", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 6: there is no assistant message to train on", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InvalidUtf8IsToldWithItsLine()
    {
        File.WriteAllBytes(_model.At("data.jsonl"), [.. "{\"text\":\"good\"}\n{\"text\":\""u8, 0xC3, 0x28, .. "\"}\n"u8]);
        Assert.Contains("line 2: not valid UTF-8", Assert.Throws<RunnerException>(() => ReadFile()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyFileIsRefused() =>
        Assert.Contains("contains no records", Assert.Throws<RunnerException>(() => Read()).Message, StringComparison.Ordinal);

    [Fact]
    public void WhatIsTooLongIsCutAndTold()
    {
        var data = Read($$"""{"prompt":"a","completion":"{{new string('x', 300)}}"}""");
        Assert.Equal([1], data.Report.Cut);
        Assert.Equal(64, data.Samples[0].Tokens.Length);
    }

    [Fact]
    public void EverySampleIsInAnEpochOnce()
    {
        var samples = Enumerable
            .Range(1, 50)
            .Select(static line => new Sample(line, [.. Enumerable.Repeat(line, 5 + (line % 20))], [.. Enumerable.Repeat(true, 5 + (line % 20))]))
            .ToArray();
        var plan = new BatchPlan(samples, length: 64, sequences: 3, seed: 9);
        var again = new BatchPlan(samples, length: 64, sequences: 3, seed: 9);
        foreach (var epoch in new[] { 0, 1 })
        {
            Assert.Equal(Enumerable.Range(1, 50), Enumerable.Range(0, plan.Count(epoch)).SelectMany(index => plan.Lines(epoch, index)).Order());
            var batch = plan.Get(epoch, 1);
            Assert.Equal(again.Get(epoch, 1).Tokens, batch.Tokens);
            Assert.All(Enumerable.Range(0, batch.Learned), row => Assert.Equal(batch.Targets[row], batch.Tokens[batch.Rows[row] + 1]));
        }

        Assert.NotEqual(plan.Get(0, 0).Tokens, plan.Get(1, 0).Tokens);
    }

    public void Dispose() => _model.Dispose();

    private TrainingData Read(params string[] lines)
    {
        File.WriteAllLines(_model.At("data.jsonl"), lines);
        return ReadFile();
    }

    private TrainingData ReadFile()
    {
        using var model = LlamaModel.LoadVocabulary([_model.Path]);
        return new DataReader(new RecordTokenizer(model)).Read(
            _model.At("data.jsonl"),
            "",
            64 + (File.ReadAllText(_model.At("data.jsonl")).Contains("xxx", StringComparison.Ordinal) ? 0 : 400)
        );
    }

    private string Learned(Sample sample)
    {
        using var model = LlamaModel.LoadVocabulary([_model.Path]);
        return Encoding.UTF8.GetString([
            .. Enumerable
                .Range(0, sample.Tokens.Length)
                .Where(index => sample.Learned[index])
                .SelectMany(index => model.Vocabulary.Piece(sample.Tokens[index], special: true)),
        ]);
    }
}
