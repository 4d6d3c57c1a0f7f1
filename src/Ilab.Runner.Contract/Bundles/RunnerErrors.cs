namespace Ilab.Runner.Contract.Bundles;

/// <summary>Names of error kinds as runners write them into <c>exit.json</c> and into their messages: those of the public API without its prefix.</summary>
public static class RunnerErrors
{
    public const string InvalidArgument = "INVALID_ARGUMENT";
    public const string NotFound = "NOT_FOUND";
    public const string InvalidModel = "INVALID_MODEL";
    public const string CannotLoad = "CANNOT_LOAD";
    public const string DoesNotFit = "DOES_NOT_FIT";
    public const string DiskFull = "DISK_FULL";
    public const string ContextExceeded = "CONTEXT_EXCEEDED";
    public const string QueueFull = "QUEUE_FULL";
    public const string Internal = "INTERNAL";
    public const string Unsupported = "UNSUPPORTED";
}
