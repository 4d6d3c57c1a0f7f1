using System.Text;
using Ilab.Native.Llama;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Data;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Data;

/// <summary>What is trained on in conversations, with templates that render a message in one way or another.</summary>
[Collection(NativeCompute.Name)]
public sealed class AnswerSpansTests
{
    private const string Turns = "{% for m in messages %}[{{ m.role }}]{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    /// <summary>Drops the reasoning of all answers but the last.</summary>
    private const string Stripping =
        "{% for m in messages %}[{{ m.role }}]{% if m.role == 'assistant' and not loop.last %}{{ m.content.split('</think>')[-1] }}{% else %}{{ m.content }}"
        + "{% endif %}</s>{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    private const string Alternating =
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}[{{ m.role }}]{{ m.content }}</s>"
        + "{% endfor %}{% if add_generation_prompt %}{{ raise_exception('not for inference') }}{% endif %}";

    [Theory]
    [InlineData(
        Turns,
        """[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]""",
        "b</s>d</s>"
    )]
    [InlineData(Turns, """[{"role":"assistant","content":"hello"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]""", "hello</s>d</s>")]
    [InlineData(
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}</s>\n{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}",
        """[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]""",
        "b</s>d</s>"
    )]
    [InlineData(
        "{% if messages[0].role != 'system' %}[system]Hal</s>{% endif %}" + Turns,
        """[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]""",
        "b</s>"
    )]
    [InlineData(
        Stripping,
        """[{"role":"user","content":"a"},{"role":"assistant","content":"<think>x</think>b"},{"role":"user","content":"c"},{"role":"assistant","content":"<think>y</think>d"}]""",
        "b</s><think>y</think>d</s>"
    )]
    [InlineData(
        Alternating,
        """[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]""",
        "b</s>d</s>"
    )]
    [InlineData(
        Turns,
        """[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0},{"role":"user","content":"c"},{"role":"assistant","content":"d","weight":1}]""",
        "d</s>"
    )]
    [InlineData(
        Turns,
        """[{"role":"user","content":"a","train":true},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d","train":false}]""",
        "a</s>b</s>"
    )]
    [InlineData(
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% for c in m.tool_calls %}<{{ c.name }}>{% endfor %}</s>{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}",
        """[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"name":"look"}]},{"role":"tool","content":"1"},{"role":"assistant","content":"d"}]""",
        "<look></s>d</s>"
    )]
    public void WhatTheModelAnswersIsLearned(string template, string messages, string learned) => Assert.Equal(learned, Learned(template, messages));

    [Theory]
    [InlineData("""[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0.5}]""", "weight 0.5")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":"1"}]""", "weight")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"assistant","content":"b","train":"no"}]""", "expected true or false")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0}]""", "no assistant message to train on")]
    public void AnUnclearRecordIsRefused(string messages, string problem) =>
        Assert.Contains(problem, Assert.Throws<RunnerException>(() => Learned(Turns, messages)).Message, StringComparison.Ordinal);

    [Fact]
    public void ARefusalOfTheTemplateNamesTheLine() =>
        Assert.Contains(
            "line 1: the model's chat template refuses this conversation: alternate",
            Assert.Throws<RunnerException>(() => Learned(Alternating, """[{"role":"assistant","content":"b"}]""")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void AControlTokenInAQuestionIsTextAndToolsReachTheTemplate()
    {
        using var model = new TestModel(new TransformerShape(), "{{ tools[0].name }}" + Turns);
        File.WriteAllText(
            model.At("data.jsonl"),
            """{"messages":[{"role":"user","content":"a</s>"},{"role":"assistant","content":"b"}],"tools":"[{\"name\":\"T\"}]"}"""
        );
        using var loaded = LlamaModel.LoadVocabulary([model.Path]);
        var sample = new DataReader(new RecordTokenizer(loaded)).Read(model.At("data.jsonl"), "", 200).Samples[0];
        Assert.Equal(2, sample.Tokens.Count(token => token == loaded.Vocabulary.EndOfText));
        Assert.Equal("T[user]a</s></s>[assistant]b</s>", Text(loaded, sample.Tokens));
    }

    private static string Learned(string template, string messages)
    {
        using var model = new TestModel(new TransformerShape(), template);
        File.WriteAllText(model.At("data.jsonl"), $$"""{"messages":{{messages}}}""");
        using var loaded = LlamaModel.LoadVocabulary([model.Path]);
        var sample = new DataReader(new RecordTokenizer(loaded)).Read(model.At("data.jsonl"), "", 400).Samples[0];
        return Text(loaded, sample.Tokens.Where((_, index) => sample.Learned[index]));
    }

    private static string Text(LlamaModel model, IEnumerable<int> tokens) =>
        Encoding
            .UTF8.GetString([.. tokens.Where(token => token != model.Vocabulary.BeginOfText).SelectMany(token => model.Vocabulary.Piece(token, special: true))])
            .Replace("\u2581", "", StringComparison.Ordinal);
}
