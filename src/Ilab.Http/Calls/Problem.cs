using Ilab.Engine.Errors;

namespace Ilab.Http.Calls;

/// <summary>Why a request failed; each API has its own shape for it.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Message">One line for people.</param>
/// <param name="Field">The field of the request that is wrong, such as <c>messages[1].content</c>; null = none in particular.</param>
/// <param name="Kind">The engine's kind of error; null = the request itself cannot be understood, or is not allowed.</param>
internal sealed record Problem(int Status, string Message, string? Field = null, ErrorKind? Kind = null)
{
    /// <summary>Seconds after which to try again; null = not said.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>For programs, where the API has such a thing; null = as the status and the kind say.</summary>
    public string? Code { get; init; }

    /// <summary>Methods that the path has, for status 405.</summary>
    public string? Allow { get; init; }
}

/// <summary>Ends a request with a <see cref="Calls.Problem"/>.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Message)
{
    public Problem Problem { get; } = problem;

    /// <summary>Status 400, naming a field.</summary>
    public static ProblemException Invalid(string message, string? field = null) => new(new Problem(400, message, field));
}
