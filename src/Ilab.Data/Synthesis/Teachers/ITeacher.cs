using Ilab.Data.Pipelines;
using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>A teacher: a local model, or a remote service.</summary>
internal interface ITeacher
{
    /// <summary>Number of concurrent requests that keep it busy.</summary>
    Task<int> ConcurrencyAsync(CancellationToken cancellationToken);

    /// <summary>Tokens that a prompt and its answer may have together; 0 = unknown.</summary>
    Task<int> ContextAsync(CancellationToken cancellationToken);

    /// <exception cref="TeacherUnavailableException">Temporarily no response; a retry may help.</exception>
    /// <exception cref="TeacherRefusedException">It will not answer this request; a retry does not help.</exception>
    /// <exception cref="EngineException">It will not answer any request.</exception>
    Task<TeacherAnswer> AskAsync(TeacherCall call, ulong seed, CancellationToken cancellationToken);
}

/// <param name="PromptTokens">0 = unknown.</param>
internal readonly record struct TeacherAnswer(string Text, int PromptTokens, int AnswerTokens)
{
    /// <summary>Whether the answer ended at the token limit.</summary>
    public bool IsCut { get; init; }

    /// <summary>Whether the teacher gave a draft beside the answer.</summary>
    public bool HasDraft { get; init; }
}

/// <summary>The teacher did not respond.</summary>
/// <param name="retryAfter">The delay requested by the teacher, if any.</param>
/// <param name="isOfCall">Whether only this request may be affected, so that it is eventually abandoned.</param>
internal sealed class TeacherUnavailableException(string message, TimeSpan? retryAfter = null, bool isOfCall = false, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What the teacher asks to wait; waiting for it is no failure.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public bool IsOfCall { get; } = isOfCall;
}

/// <summary>This request will not be answered.</summary>
internal sealed class TeacherRefusedException(string message) : Exception(message)
{
    public int PromptTokens { get; init; }

    public int AnswerTokens { get; init; }

    /// <summary>The error to end with if every request is refused like this one; null if others are not affected.</summary>
    public EngineException? OfEveryCall { get; init; }

    /// <summary>Whether it is of every request unless another one has been answered.</summary>
    public bool IsCertain { get; init; }
}
