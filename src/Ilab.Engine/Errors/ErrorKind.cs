namespace Ilab.Engine.Errors;

/// <summary>All kinds of errors. Mapped to the API in one place in the service; never derived from a message.</summary>
public enum ErrorKind
{
    /// <summary>The request is malformed.</summary>
    InvalidArgument = 1,

    /// <summary>No such model, job or other object.</summary>
    NotFound = 2,

    /// <summary>The name is taken.</summary>
    AlreadyExists = 3,

    /// <summary>An id prefix matches more than one object.</summary>
    Ambiguous = 4,

    /// <summary>The object is leased.</summary>
    InUse = 5,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 6,

    /// <summary>Not a usable model file: not GGUF, truncated, malformed header.</summary>
    InvalidModel = 7,

    /// <summary>A valid model that this engine cannot run.</summary>
    CannotLoad = 8,

    /// <summary>Not enough memory on any device.</summary>
    DoesNotFit = 9,

    /// <summary>No space left on the disk.</summary>
    DiskFull = 10,

    /// <summary>The prompt exceeds the context length.</summary>
    ContextExceeded = 11,

    /// <summary>The runner process of the model exited unexpectedly.</summary>
    RunnerLost = 12,

    /// <summary>A remote source failed or rejected the request.</summary>
    Source = 13,

    /// <summary>Digest mismatch.</summary>
    Corrupt = 14,

    /// <summary>The service may not read that path on behalf of the caller.</summary>
    UploadRequired = 15,

    /// <summary>Try again later.</summary>
    Busy = 16,

    /// <summary>A bug in this program.</summary>
    Internal = 17,

    /// <summary>Cancelled on request.</summary>
    Cancelled = 18,

    /// <summary>The deadline expired.</summary>
    TimedOut = 19,

    /// <summary>A valid request for a feature that this build or model does not support.</summary>
    Unsupported = 20,

    /// <summary>More than the policy grants the caller.</summary>
    QuotaExceeded = 21,

    /// <summary>Too many requests are waiting already; <see cref="EngineException.RetryAfter"/> says when to try again.</summary>
    QueueFull = 50,

    /// <summary>Over TCP: no valid token or client certificate.</summary>
    Unauthenticated = 70,
}
