using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Models;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Access;

/// <summary>Decides who makes a request and whether they may; the service implements it with its policy.</summary>
public interface IHttpAccess
{
    /// <summary>Identifies the caller of a request. It does nothing yet: what the caller may do is decided by <see cref="IHttpCaller.AdmitAsync"/>.</summary>
    /// <param name="operation">Method and pattern of the endpoint, such as <c>POST /v1/chat/completions</c>.</param>
    IHttpCaller Identify(HttpContext context, string operation);
}

/// <summary>The caller of one request. Disposed when the request has ended.</summary>
public interface IHttpCaller : IDisposable
{
    /// <summary>For the engine.</summary>
    Caller Caller { get; }

    /// <summary>Lets the request pass, and counts it.</summary>
    /// <exception cref="EngineException">
    /// PERMISSION_DENIED, QUOTA_EXCEEDED; UNAUTHENTICATED: there are no credentials, or not valid ones.
    /// </exception>
    /// <exception cref="RateLimitedException">There were too many in the last minute.</exception>
    Task AdmitAsync(CancellationToken cancellationToken);

    /// <summary>For a model that the caller may have to load.</summary>
    Task<MemoryShare> ShareAsync(CancellationToken cancellationToken);

    /// <summary>Counts the tokens of the request and its answer, against what the caller may use per minute.</summary>
    void Use(int tokens);

    /// <summary>Writes the request to the audit log.</summary>
    /// <param name="target">What it was about, as <c>field=value</c>; never a text or a credential.</param>
    /// <param name="outcome"><c>ok</c>, <c>cancelled</c>, or the kind of error.</param>
    void Record(string target, string outcome);
}

/// <summary>A request more than the caller may make per minute.</summary>
/// <param name="wait">How long until the next one may be made.</param>
public sealed class RateLimitedException(string message, TimeSpan wait) : Exception(message)
{
    public TimeSpan Wait { get; } = wait;
}
