using System.Text;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Reading;
using Ilab.Configuration.Runs.Schema;
using Ilab.Yaml;

namespace Ilab.Configuration.Runs.Migration;

/// <summary>Older files to today's: run configs at their places, with their comments; a config.yaml of InstructLab to a run config.</summary>
public static class ConfigMigrator
{
    private static readonly string[] InstructLabSections = ["train", "chat", "serve", "generate", "general", "evaluate"];

    /// <param name="path">The file; it is not changed.</param>
    /// <param name="kind">Null = told from its keys; of a config.yaml, a training.</param>
    public static MigrationResult Migrate(string path, RunKind? kind = null)
    {
        var problems = new ProblemList(path);
        var text = ConfigFiles.Read(path, problems, out var ends);
        return Migrate(text, ends.HasWindows, path, kind, problems);
    }

    /// <param name="content">The bytes of the old file.</param>
    /// <param name="file">What to call it.</param>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public static MigrationResult MigrateBytes(ReadOnlySpan<byte> content, string file, RunKind? kind = null, CancellationToken cancellationToken = default)
    {
        var problems = new ProblemList(file) { Cancellation = cancellationToken };
        var text = ConfigFiles.Decode(content, problems, out var ends);
        return Migrate(text, ends.HasWindows, file, kind, problems);
    }

    private static MigrationResult Migrate(string? text, bool isWindows, string path, RunKind? kind, ProblemList problems)
    {
        if (text is null)
        {
            return new MigrationResult(null, "", [], problems.Sorted);
        }

        var result = MigrateText(text, path, kind, problems.Cancellation);
        return isWindows && result.Text is { } made ? result with { Text = made.Replace("\n", "\r\n", StringComparison.Ordinal) } : result;
    }

    /// <param name="text">The old file, with line feeds.</param>
    /// <param name="file">What to call it.</param>
    public static MigrationResult MigrateText(string text, string file, RunKind? kind = null, CancellationToken cancellationToken = default)
    {
        var problems = new ProblemList(file) { Cancellation = cancellationToken };
        if (RawReader.Read(text, problems) is not RawMap root)
        {
            if (!problems.HasErrors)
            {
                problems.Error(
                    new ConfigPlace(1, 1),
                    "top",
                    "",
                    "the top of the file has to be sections with keys and values",
                    "name a run config or a config.yaml"
                );
            }

            return new MigrationResult(null, "", [], problems.Sorted);
        }

        return IsInstructLab(root) ? FromInstructLab(root, text, file, kind ?? RunKind.Train) : FromOumi(root, text, file, kind, problems);
    }

    private static bool IsInstructLab(RawMap root) =>
        InstructLabSections.Count(name => root.Find(name)?.Value is RawMap) >= 2
        || (root.Find("train")?.Value is RawMap && root.Find("training") is null && root.Find("data") is null);

    private static MigrationResult FromInstructLab(RawMap root, string text, string file, RunKind kind)
    {
        var problems = new ProblemList(file);
        if (kind is not (RunKind.Train or RunKind.Infer) || InstructLabMigration.Run(root, text, kind) is not { } made)
        {
            problems.Error(
                root.Place,
                "kind",
                "",
                $"the config.yaml holds nothing for a config of the kind {RunKinds.NameOf(kind)}",
                "train takes its section train, infer takes chat and serve"
            );
            return new MigrationResult(null, "", [], problems.Sorted);
        }

        var reading = made.Builder.Peek(file);
        if (reading.Config is not { } config)
        {
            return new MigrationResult(null, "", made.Steps, reading.Problems);
        }

        var after = config.ToYaml();
        return new MigrationResult(after, UnifiedDiff.Of(file, text, after), made.Steps, reading.Problems);
    }

    private static MigrationResult FromOumi(RawMap root, string text, string file, RunKind? kind, ProblemList problems)
    {
        var type = kind is { } known ? RunSchema.Kind(RunKinds.NameOf(known)) : KindDetection.Find(root, file);
        if (type is null)
        {
            problems.Error(root.Place, "kind", "", "none of its sections belongs to a run config", "name the kind");
            return new MigrationResult(null, "", [], problems.Sorted);
        }

        var tree = new YamlParser(new YamlScanner(text)).Parse();
        var (after, steps) = tree is YamlMapping mapping ? new OumiMigration(text, type, problems.Cancellation).Run(mapping) : (text, []);
        var reading = ConfigReader.ReadBytes(Encoding.UTF8.GetBytes(after), file, RunKinds.Find(type.Kind), cancellationToken: problems.Cancellation);
        return new MigrationResult(after, after == text ? "" : UnifiedDiff.Of(file, text, after), steps, reading.Problems);
    }
}
