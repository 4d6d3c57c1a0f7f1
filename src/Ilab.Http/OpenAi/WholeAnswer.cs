using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Generating;

namespace Ilab.Http.OpenAi;

/// <summary>An answer that is sent when all of it is there.</summary>
internal static class WholeAnswer
{
    /// <param name="head">Learns when and by which model the answer was made.</param>
    /// <param name="usage">Counts the tokens.</param>
    /// <returns>The choices, in the order of the generations.</returns>
    public static async Task<CollectedText[]> CollectAsync(HttpCall call, IReadOnlyList<GenerationRequest> generations, AnswerHead head, UsageCount usage)
    {
        var collected = generations.Select(static _ => new CollectedText()).ToArray();
        await foreach (var (index, e) in Generator.RunAsync(call, generations).ConfigureAwait(false))
        {
            head.See(e);
            collected[index].Add(e);
            if (e is GenerationFinished finished)
            {
                usage.Add(index, finished);
            }
        }

        return collected;
    }
}
