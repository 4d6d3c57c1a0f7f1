using Ilab.Engine.Access;
using Ilab.Http.Access;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Calls;

/// <summary>One request on its way through an endpoint.</summary>
/// <param name="context">The request.</param>
/// <param name="access">Who makes it.</param>
/// <param name="rest">What the path has beyond the pattern of the endpoint; may contain slashes.</param>
/// <param name="parts">What endpoints use.</param>
internal sealed class HttpCall(HttpContext context, IHttpCaller access, string rest, EndpointParts parts)
{
    public HttpContext Context { get; } = context;

    public HttpRequest Request => Context.Request;

    public HttpResponse Response => Context.Response;

    public IHttpCaller Access { get; } = access;

    public Caller Caller => Access.Caller;

    public string Rest { get; } = rest;

    public EndpointParts Parts { get; } = parts;

    /// <summary>Identifies the request in answers and logs.</summary>
    public required string Id { get; init; }

    /// <summary>Cancelled when the client closes the connection.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>What answering takes.</summary>
    public AnswerScope Scope =>
        new()
        {
            Id = Id,
            Caller = Caller,
            Inference = Parts.Inference,
            Time = Parts.Time,
            ShareAsync = async cancellationToken => await Access.ShareAsync(cancellationToken).ConfigureAwait(false),
            Use = Access.Use,
            Aborted = Aborted,
        };

    /// <summary>For the audit log: <c>field=value</c>, never a text.</summary>
    public string Target { get; set; } = "";
}
