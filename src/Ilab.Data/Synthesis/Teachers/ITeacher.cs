using Ilab.Data.Pipelines;
using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>Whoever answers: a model of this engine, or a service elsewhere.</summary>
internal interface ITeacher
{
    /// <summary>Calls at once that keep it busy.</summary>
    Task<int> ConcurrencyAsync(CancellationToken cancellationToken);

    /// <exception cref="TeacherUnavailableException">It gives no answer now; asking again may help.</exception>
    /// <exception cref="TeacherRefusedException">It will not answer this, however often it is asked.</exception>
    /// <exception cref="EngineException">It will not answer anything.</exception>
    Task<TeacherAnswer> AskAsync(TeacherCall call, ulong seed, CancellationToken cancellationToken);
}

/// <param name="PromptTokens">0 = it does not say.</param>
internal readonly record struct TeacherAnswer(string Text, int PromptTokens, int AnswerTokens);

/// <summary>No answer this time.</summary>
/// <param name="retryAfter">When it says itself how long to wait.</param>
/// <param name="isOfCall">Whether it may be this call alone that gets no answer, so that it is given up some time.</param>
internal sealed class TeacherUnavailableException(string message, TimeSpan? retryAfter = null, bool isOfCall = false, Exception? inner = null)
    : Exception(message, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public bool IsOfCall { get; } = isOfCall;
}

/// <summary>This call gets no answer.</summary>
internal sealed class TeacherRefusedException(string message) : Exception(message);
