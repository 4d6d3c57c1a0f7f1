namespace Ilab.Configuration.Runs;

/// <summary>What a file describes.</summary>
public enum RunKind
{
    Train = 1,
    Eval,
    Infer,

    /// <summary>A job of Oumi's launcher.</summary>
    Job,
    Judge,
    Synth,
    AsyncEval,
    Quantize,
    Tune,
    Analyze,

    /// <summary>An analysis as Oumi wrote it before 0.9.</summary>
    AnalyzeLegacy,
    Environment,
}

/// <summary>The names of kinds in files and on command lines.</summary>
public static class RunKinds
{
    /// <summary><c>train</c>, <c>eval</c>, <c>async_eval</c>, ...</summary>
    public static string NameOf(RunKind kind) =>
        kind switch
        {
            RunKind.AsyncEval => "async_eval",
            RunKind.AnalyzeLegacy => "analyze_legacy",
            _ => kind.ToString().ToLowerInvariant(),
        };

    /// <summary>Null when there is no such kind.</summary>
    public static RunKind? Find(string? name) => All.FirstOrDefault(kind => NameOf(kind) == name) is var kind && kind != 0 ? kind : null;

    public static IReadOnlyList<RunKind> All { get; } =
    [
        RunKind.Train,
        RunKind.Eval,
        RunKind.Infer,
        RunKind.Job,
        RunKind.Judge,
        RunKind.Synth,
        RunKind.AsyncEval,
        RunKind.Quantize,
        RunKind.Tune,
        RunKind.Analyze,
        RunKind.AnalyzeLegacy,
        RunKind.Environment,
    ];
}
