namespace Ilab.Engine.Errors;

/// <summary>Everything that can go wrong, as a closed list. Mapped to the wire in one file of the service; never decided from a message.</summary>
public enum ErrorKind
{
    /// <summary>The request makes no sense.</summary>
    InvalidArgument = 1,

    /// <summary>No such model, job or other object.</summary>
    NotFound = 2,

    /// <summary>The name is taken.</summary>
    AlreadyExists = 3,

    /// <summary>An id prefix fits more than one object.</summary>
    Ambiguous = 4,

    /// <summary>A lease protects the object.</summary>
    InUse = 5,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 6,

    /// <summary>The file is not a usable model: not a GGUF, truncated, absurd header.</summary>
    InvalidModel = 7,

    /// <summary>A well-formed model that this engine cannot run.</summary>
    CannotLoad = 8,

    /// <summary>Not enough memory on any device.</summary>
    DoesNotFit = 9,

    /// <summary>No space left for the bytes.</summary>
    DiskFull = 10,

    /// <summary>The prompt is longer than the context.</summary>
    ContextExceeded = 11,

    /// <summary>The process serving the model died.</summary>
    RunnerLost = 12,

    /// <summary>A remote source failed or refused.</summary>
    Source = 13,

    /// <summary>Bytes do not have the digest they should have.</summary>
    Corrupt = 14,

    /// <summary>The service may not read that path for this caller.</summary>
    UploadRequired = 15,

    /// <summary>Try again later.</summary>
    Busy = 16,

    /// <summary>A defect of this program.</summary>
    Internal = 17,

    /// <summary>Ended on request.</summary>
    Cancelled = 18,

    /// <summary>Ended by its deadline.</summary>
    TimedOut = 19,

    /// <summary>A well-formed request for something that this build or model does not have.</summary>
    Unsupported = 20,
}
