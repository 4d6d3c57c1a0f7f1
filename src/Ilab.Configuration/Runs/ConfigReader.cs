using Ilab.Configuration.Runs.Checks;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Reading;
using Ilab.Configuration.Runs.Schema;

namespace Ilab.Configuration.Runs;

/// <summary>Reads and checks configs; everything that is wrong is reported at once, with its place.</summary>
public static class ConfigReader
{
    /// <summary>Bytes of the largest file that is read.</summary>
    public const int LargestFile = RawReader.LongestFile;

    private static readonly string[] InstructLabKeys = ["chat", "general", "generate", "serve", "evaluate", "rag", "metadata"];
    private static readonly string[] AccelerateKeys = ["compute_environment", "distributed_type", "fsdp_config", "num_machines", "machine_rank"];

    /// <param name="path">The file.</param>
    /// <param name="kind">Null = told from its keys.</param>
    /// <param name="overrides">Such as <c>training.max_steps=100</c>; later ones win.</param>
    /// <param name="lint">Also reports what is correct and worth a second look.</param>
    public static ConfigReading ReadFile(string path, RunKind? kind = null, IReadOnlyList<string>? overrides = null, bool lint = false)
    {
        var problems = new ProblemList(path, overrides);
        var text = ConfigFiles.Read(path, problems, out var ends);
        return Read(text, ends, problems, kind, overrides ?? [], lint);
    }

    /// <param name="content">The bytes of a file, in UTF-8.</param>
    /// <param name="file">What to call it in messages.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public static ConfigReading ReadBytes(
        ReadOnlySpan<byte> content,
        string file,
        RunKind? kind = null,
        IReadOnlyList<string>? overrides = null,
        bool lint = false,
        CancellationToken cancellationToken = default
    )
    {
        var problems = new ProblemList(file, overrides) { Cancellation = cancellationToken };
        var text = ConfigFiles.Decode(content, problems, out var ends);
        return Read(text, ends, problems, kind, overrides ?? [], lint);
    }

    /// <param name="text">YAML.</param>
    /// <param name="file">What to call it in messages.</param>
    public static ConfigReading ReadText(string text, string file, RunKind? kind = null, IReadOnlyList<string>? overrides = null, bool lint = false) =>
        ReadBytes(System.Text.Encoding.UTF8.GetBytes(text), file, kind, overrides, lint);

    internal static ConfigReading Bind(RawMap root, ConfigClass type, ProblemList problems, bool lint, Func<Values.ConfigSection, RunConfig> make)
    {
        var section = new Binder(type, problems).Bind(root);
        ConfigChecks.Run(section, problems, lint);
        return new ConfigReading(problems.HasErrors ? null : make(section), RunKinds.Find(type.Kind), problems.Sorted);
    }

    private static ConfigReading Read(string? text, LineEnds ends, ProblemList problems, RunKind? kind, IReadOnlyList<string> overrides, bool lint)
    {
        if (text is null || RawReader.Read(text, problems) is not { } raw)
        {
            return new ConfigReading(null, kind, problems.Sorted);
        }

        if (raw is not RawMap root)
        {
            problems.Error(
                raw.Place,
                "top",
                "",
                "the top of the file has to be sections with keys and values",
                "begin with model:, or use 'ilab config create'"
            );
            return new ConfigReading(null, kind, problems.Sorted);
        }

        if (lint)
        {
            Lines(ends, problems);
        }

        Overrides.Apply(root, overrides, problems);
        var type = kind is { } known ? RunSchema.Kind(RunKinds.NameOf(known)) : KindDetection.Find(root, problems.File);
        if (Foreign(root) is { } foreign && (kind is null || type is null))
        {
            problems.Error(root.Place, "kind", "", foreign.Message, foreign.Fix);
            return new ConfigReading(null, null, problems.Sorted);
        }

        if (type is null)
        {
            var message = root.Pairs.Count == 0 ? "the file is empty" : "none of its sections belongs to a run config";
            problems.Error(root.Place, "kind", "", message, "begin with model:, training: or data: for a training; 'ilab config create' makes one");
            return new ConfigReading(null, null, problems.Sorted);
        }

        if (kind is not null && KindDetection.Find(root, problems.File) is { } other && KindDetection.Fits(root, other) > KindDetection.Fits(root, type))
        {
            problems.Error(root.Place, "kind", "", $"this is a config of the kind {other.Kind}, not {type.Kind}", $"name a config of the kind {type.Kind}");
            return new ConfigReading(null, RunKinds.Find(other.Kind), problems.Sorted);
        }

        return Bind(root, type, problems, lint, section => new RunConfig(problems.File, section));
    }

    private static void Lines(LineEnds ends, ProblemList problems)
    {
        if (ends.LoneReturn > 0)
        {
            problems.Warn(
                new ConfigPlace(ends.LoneReturn, 1),
                "line-ends",
                "",
                "the line ends in a carriage return alone, which many programs do not take for its end",
                "save the file with Unix line ends"
            );
        }

        if (ends.HasWindows)
        {
            problems.Note(
                new ConfigPlace(Math.Max(1, ends.OddLine), 1),
                "line-ends",
                "",
                ends.OddLine > 0 ? "some lines end as on Windows, others do not: this is the first one of the fewer" : "the lines end as on Windows",
                "save the file with Unix line ends"
            );
        }
    }

    private static (string Message, string Fix)? Foreign(RawMap root)
    {
        int Count(string[] keys) => keys.Count(key => root.Find(key) is not null);
        return Count(InstructLabKeys) >= 2 ? ("this is a config.yaml of InstructLab, not a run config", "'ilab config migrate' makes run configs of it")
            : Count(AccelerateKeys) >= 2 ? ("this is a file of accelerate, not a run config", "write the settings in the section fsdp or deepspeed")
            : null;
    }
}
