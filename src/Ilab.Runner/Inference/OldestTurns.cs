using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>Leaves out the oldest turns of a conversation that does not fit the context.</summary>
/// <param name="contextLength">Tokens per sequence.</param>
internal sealed class OldestTurns(int contextLength)
{
    /// <summary>Kept free for the answer if it has no limit.</summary>
    private int Answer => contextLength / 4;

    /// <summary>The longest prompt that leaves room for an answer.</summary>
    /// <param name="answer">Maximum tokens of the answer; 0 = no limit.</param>
    public int LongestPrompt(int answer) => contextLength - (answer > 0 ? Math.Min(answer + 1, contextLength / 2) : Answer);

    /// <summary>
    /// Leaves out more than necessary, down to three quarters of what fits: then the next questions extend the same prompt, which stays in the cache, instead
    /// of moving it every time.
    /// </summary>
    /// <param name="conversation">System messages at the beginning, and the last message, stay.</param>
    /// <param name="longest">Tokens of the longest prompt.</param>
    /// <param name="count">Counts the tokens of a conversation.</param>
    /// <returns>The rest, and the number of messages left out; as little as possible remains if nothing fits.</returns>
    public static (Conversation Kept, int LeftOut) Fit(Conversation conversation, int longest, Func<Conversation, int> count)
    {
        var instructions = conversation.Messages.TakeWhile(static message => message.Role is "system" or "developer").Count();
        var first = (int)Math.Max(instructions, Math.Min(conversation.KeepFirst, (uint)conversation.Messages.Count));
        var target = longest * 3 / 4;

        // A conversation goes on with a question: what is left begins with one.
        int[] starts =
        [
            .. Enumerable.Range(first, Math.Max(0, conversation.Messages.Count - first)).Where(at => at > first && conversation.Messages[at].Role == "user"),
        ];
        var (low, high) = (0, starts.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (count(From(conversation, first, starts[middle])) <= target)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return starts.Length == 0 ? (conversation, 0) : (From(conversation, first, starts[low]), starts[low] - first);
    }

    private static Conversation From(Conversation conversation, int first, int start)
    {
        var rest = conversation.Clone();
        for (var at = start - 1; at >= first; at--)
        {
            rest.Messages.RemoveAt(at);
        }

        return rest;
    }
}
