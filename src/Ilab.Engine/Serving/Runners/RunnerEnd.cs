using Ilab.Engine.Errors;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>How a runner ended.</summary>
public sealed record RunnerEnd
{
    /// <summary>Lines of the log that are kept: enough for an exception's stack.</summary>
    public const int LogLines = 40;

    /// <summary>Exit code; null if it was killed by a signal or ended unobserved.</summary>
    public int? Code { get; init; }

    public int? Signal { get; init; }

    /// <summary>The error it reported before it exited, if any.</summary>
    public ErrorKind? Kind { get; init; }

    public string Message { get; init; } = "";

    /// <summary>The last lines of its log, oldest first.</summary>
    public IReadOnlyList<string> LogTail { get; init; } = [];

    /// <summary>Whether it exited without an error.</summary>
    public bool InOrder => Code == 0 && Signal is null;

    /// <summary>Converts a recorded exit; null = it ended unobserved.</summary>
    public static RunnerEnd From(RunnerExit? exit, IReadOnlyList<string> logTail) =>
        new()
        {
            Code = exit is { Signal: null } ? exit.Code : null,
            Signal = exit?.Signal,
            Kind = ErrorKindNames.Parse(exit?.ErrorKind),
            Message = exit?.Message ?? "",
            LogTail = logTail,
        };

    /// <summary>A short description: <c>killed by signal 9 (SIGKILL)</c>, <c>exited with code 3</c>, ...</summary>
    public string Describe() =>
        (Signal, Code) switch
        {
            ({ } signal, _) => $"killed by signal {signal} ({SignalName(signal)})",
            (null, { } code) when Message.Length > 0 => $"{Message} (exit code {code})",
            (null, { } code) => $"exited with code {code}",
            _ => "it ended without an exit status",
        };

    private static string SignalName(int signal) =>
        signal switch
        {
            1 => "SIGHUP",
            2 => "SIGINT",
            3 => "SIGQUIT",
            4 => "SIGILL",
            6 => "SIGABRT",
            7 => "SIGBUS",
            8 => "SIGFPE",
            9 => "SIGKILL",
            11 => "SIGSEGV",
            15 => "SIGTERM",
            _ => "signal " + signal,
        };
}
