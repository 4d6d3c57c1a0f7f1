using Ilab.Engine.Serving.Generation;

namespace Ilab.Http.OpenAi;

/// <summary>Adds up the tokens of a request. Choices of the same prompt share it: it is counted once.</summary>
/// <param name="choices">Choices of each prompt.</param>
internal sealed class UsageCount(int choices)
{
    private int _prompt;
    private int _completion;
    private int _cached;

    public Usage Total => new(_prompt, _completion, _prompt + _completion, new PromptTokensDetails(_cached));

    public void Add(int index, GenerationFinished finished)
    {
        _completion += finished.CompletionTokens;
        if (index % choices == 0)
        {
            _prompt += finished.PromptTokens;
            _cached += finished.CachedPromptTokens;
        }
    }
}
