using Ilab.Taxonomy.Advice;
using Ilab.Taxonomy.Lint;
using Ilab.Taxonomy.Repair;
using Ilab.Taxonomy.Schema;
using Ilab.Yaml;

namespace Ilab.Taxonomy;

/// <summary>
/// Checks files of questions and answers: all problems of a file at once, in bounded time and memory whatever the file is. Pure: bytes in, verdict out.
/// </summary>
public static class TaxonomyChecker
{
    /// <summary>Bytes; real files have a few thousand.</summary>
    public const int LongestFile = 4 << 20;

    public static Verdict Check(TaxonomyFile file, SchemaMode mode, bool fix = false)
    {
        var findings = new FindingList(file.Path);
        var result = new Progress();
        try
        {
            Check(file, mode, findings, result);
        }
        catch (YamlException exception)
        {
            if (MergeConflict.LineIn(file.Content) is { } line)
            {
                findings.Add(new Finding(file.Path, line, 1, FindingLevel.Error, "yaml:conflict", "", MergeConflict.Message, MergeConflict.Fix));
            }
            else
            {
                findings.Error(exception.Mark, $"yaml:{exception.Stage.ToString().ToLowerInvariant()}", "", exception.Message, exception.Fix);
            }
        }

        var repaired =
            fix && result.Document is { } document && findings.Findings.Any(static finding => finding.IsFixable) ? Fixer.Repair(file, document) : null;
        var verdict = new Verdict(file.Path, result.Kind, result.Version, findings.Findings, findings.Omitted, repaired);
        return verdict.IsValid && result.Document?.Root is YamlMapping root ? verdict with { Document = DocumentOf(root) } : verdict;
    }

    private static DocumentPlace? DocumentOf(YamlMapping root) =>
        root.Find("document") is YamlMapping document
        && document.Find("repo") is YamlScalar repo
        && document.Find("commit") is YamlScalar commit
        && document.Find("patterns") is YamlSequence patterns
            ? new DocumentPlace(repo.Text, commit.Text, [.. patterns.Items.OfType<YamlScalar>().Select(static pattern => pattern.Text)])
            : null;

    private static void Check(TaxonomyFile file, SchemaMode mode, FindingList findings, Progress result)
    {
        var name = file.FullPath.Length == 0 ? TaxonomyPath.FileName : file.FullPath[(file.FullPath.LastIndexOf('/') + 1)..];
        if (name != TaxonomyPath.FileName)
        {
            findings.Error(default, "file-name", "", $"the file has to be named {TaxonomyPath.FileName}", $"rename it to {TaxonomyPath.FileName}");
            return;
        }

        if (file.Size > LongestFile)
        {
            findings.Error(default, "file-size", "", $"{file.Size} bytes, more than the {LongestFile} that are read", "divide the file");
            return;
        }

        var document = YamlDocument.Read(file.Content.Span);
        result.Document = document;
        var path = TaxonomyPath.Of(file.FullPath);
        PathAdvice.Check(path, file.FullPath, findings);
        if (IsNothing(document.Root))
        {
            findings.Warn(default, "empty", "", "the file is empty", "write version, created_by and seed_examples, or remove the file");
            return;
        }

        if (document.Root is not YamlMapping { Kind: YamlKind.Mapping } root)
        {
            findings.Error(
                document.Root.Start,
                "top-level",
                "",
                "the file has to be a mapping: keys and values",
                "begin with version:, created_by: and seed_examples:"
            );
            return;
        }

        result.Kind = TaxonomyPath.KindOf(path, root.Find("document") is not null);
        result.Version = mode == SchemaMode.Newest ? SchemaCatalog.Newest : FileVersion.Of(root);
        if (result.Version > 1)
        {
            AddLint(document, mode, findings);
        }

        CheckSchema(root, result, findings);
        TextAdvice.Check(root, result.Kind, result.Version, findings);
        if (result.Version > 1 && file.Attribution is { } attribution)
        {
            AttributionRules.Check(file.Path, attribution, result.Kind, findings);
        }
    }

    private static void CheckSchema(YamlMapping root, Progress result, FindingList findings)
    {
        var mark = root.Find("version")?.Start ?? default;
        if (SchemaCatalog.Find(result.Kind, result.Version) is { } schema)
        {
            new SchemaValidator(findings).Check(root, schema, "");
        }
        else if (result is { Kind: SchemaCatalog.Knowledge, Version: 1 or 2 })
        {
            findings.Error(
                mark,
                "deprecated-version",
                "version",
                $"knowledge of version {result.Version} is not supported any more",
                "write version: 3, with domain, document_outline, document and examples with a context and three questions each"
            );
        }
        else
        {
            findings.Error(mark, "no-such-version", "version", $"there is no version {result.Version}", $"write version: {SchemaCatalog.Newest}");
        }
    }

    private static void AddLint(YamlDocument document, SchemaMode mode, FindingList findings)
    {
        foreach (var problem in Linter.Run(document.Text, document.Tokens))
        {
            var level = problem.IsWarning && mode == SchemaMode.Newest ? FindingLevel.Warning : FindingLevel.Error;
            var mark = new YamlMark(0, problem.Line - 1, Math.Max(0, problem.Column - 1));
            findings.AddLint(mark, level, problem);
        }
    }

    /// <summary>What counts as nothing: no document, null, zero, false, an empty text, list or mapping.</summary>
    private static bool IsNothing([System.Diagnostics.CodeAnalysis.NotNullWhen(false)] YamlNode? root) =>
        root switch
        {
            null => true,
            YamlSequence list => list.Items.Count == 0,
            YamlMapping mapping => mapping.Entries.Count == 0,
            YamlScalar scalar => scalar.Kind == YamlKind.Null || scalar.Identity is "n:0" or "b:False" or "s:" or "y:",
            _ => false,
        };

    private sealed class Progress
    {
        public YamlDocument? Document { get; set; }

        public string Kind { get; set; } = "";

        public int Version { get; set; }
    }
}
