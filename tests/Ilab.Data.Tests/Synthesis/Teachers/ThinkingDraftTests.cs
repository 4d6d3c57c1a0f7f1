using Ilab.Data.Synthesis.Teachers;

namespace Ilab.Data.Tests.Synthesis.Teachers;

/// <summary>What a model thinks before it answers is no part of its answer.</summary>
public sealed class ThinkingDraftTests
{
    [Theory]
    [InlineData("<think>\nmaybe 4\n</think>\n\n5", "5")]
    [InlineData("<think></think>5", "5")]
    [InlineData("  <Thinking lang=\"en\">maybe 4</Thinking> 5", "5")]
    [InlineData("<reasoning>maybe 4</reasoning>\n5", "5")]
    [InlineData("maybe 4, no\n</think>\n5", "5")] // the template ended with the opening tag
    [InlineData("a < b, so <think> is a tag\n</think>\n5", "a < b, so \n5")]
    [InlineData("<think>one <think>two</think> three</think>5", "5")]
    [InlineData("Sure.\n<think>maybe 4</think>\n5", "Sure.\n\n5")]
    [InlineData("<think>one</think>5 <think>two</think>and 6", "5 and 6")]
    [InlineData("[THINK]maybe 4[/THINK]5", "5")]
    [InlineData("◁think▷maybe 4◁/think▷5", "5")]
    [InlineData("<|START_THINKING|>maybe 4<|END_THINKING|>5", "5")]
    [InlineData("<|channel|>analysis<|message|>maybe 4<|end|><|start|>assistant<|channel|>final<|message|>5", "5")]
    [InlineData("<seed:think>maybe 4</seed:think>5", "5")]
    [InlineData("no draft [think]", "no draft [think]")]
    [InlineData("The `<think>` tag opens a draft, and `</think>` closes it.", "The `<think>` tag opens a draft, and `</think>` closes it.")]
    [InlineData("A draft is put between <think> tags.", "A draft is put between <think> tags.")]
    [InlineData("I think so.", "I think so.")]
    public void ADraftIsRemoved(string answer, string expected) => Assert.Equal(expected, ThinkingDraft.Remove(answer, "2 + 3?")?.Trim());

    [Theory]
    [InlineData("<think>maybe 4, or")]
    [InlineData("<think>one</think>\n<think>two")]
    [InlineData("Sure.\n <thinking>maybe")]
    [InlineData("<|channel|>analysis<|message|>maybe 4")]
    public void ADraftWithoutAnEndIsNoAnswer(string answer) => Assert.Null(ThinkingDraft.Remove(answer, "2 + 3?"));

    [Theory]
    [InlineData("Give <reasoning> and <answer>.", "<reasoning>two more</reasoning><answer>5</answer>")]
    [InlineData("End your thoughts with </thoughts>.", "<thoughts>two more</thoughts>5")]
    [InlineData("Fill in: <Reflection>...", "<reflection>two more")]
    public void ATagThatThePromptAsksForBelongsToTheAnswer(string prompt, string answer) => Assert.Equal(answer, ThinkingDraft.Remove(answer, prompt));
}
