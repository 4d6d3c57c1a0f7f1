using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis;

/// <summary>Compares the prompts of a generation with the teacher's context before the first call.</summary>
/// <param name="isExact">Whether the prompts were counted with the teacher's vocabulary; an estimate ends nothing that may fit.</param>
internal sealed class ContextCheck(string teacher, int context, bool isExact, Action<string, string> log)
{
    private const double ErrorOfEstimates = 1.3;

    /// <exception cref="EngineException">INVALID_ARGUMENT: all prompts of a block exceed the context.</exception>
    public void Check(SynthesisPlan plan)
    {
        if (context <= 0)
        {
            return;
        }

        foreach (var leaf in plan.Leaves)
        {
            foreach (var prompts in leaf.Prompts)
            {
                Check(leaf.Path, prompts);
            }
        }

        var tight = plan
            .Leaves.SelectMany(static leaf => leaf.Prompts)
            .Where(prompts => prompts.Largest < context && prompts.Largest + prompts.MaxTokens > context);
        if (tight.MinBy(prompts => context - prompts.Largest) is { } least)
        {
            log(
                "warning",
                $"block {least.Block}: prompts of up to {Words(least.Largest)} tokens leave {context - least.Largest} of the {context} tokens of {teacher}'s context for answers, "
                    + $"less than max_tokens {least.MaxTokens}: longer answers are cut"
            );
        }
    }

    private void Check(string leaf, PromptSizes prompts)
    {
        if (prompts.Smallest > context * (isExact ? 1 : ErrorOfEstimates))
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{leaf}: the prompts of block {prompts.Block} have {Words(prompts.Smallest)} to {Words(prompts.Largest)} tokens, "
                    + $"but the context of {teacher} is {context} tokens",
                "use a teacher with a larger context, a smaller --chunk-tokens, or shorter prompts"
            );
        }

        if (prompts.Largest > context)
        {
            log(
                "warning",
                $"{leaf}: prompts of block {prompts.Block} have up to {Words(prompts.Largest)} tokens, but the context of {teacher} is {context} tokens: "
                    + "those that do not fit are rejected; a smaller --chunk-tokens may help"
            );
        }
    }

    private string Words(int tokens) => isExact ? $"{tokens}" : $"about {tokens}";
}
