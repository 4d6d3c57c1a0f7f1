using Ilab.Testing;

namespace Ilab.Taxonomy.Tests;

/// <summary>Against the verdicts of the reference validator on files people wrote and on files with one defect each.</summary>
public sealed class CorpusTests
{
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["exception:ScannerError"] = "yaml:scanner",
        ["exception:ParserError"] = "yaml:parser",
        ["exception:ComposerError"] = "yaml:composer",
        ["exception:ConstructorError"] = "yaml:constructor",
        ["exception:RecursionError"] = "yaml:depth",
        ["exception:ReaderError"] = "yaml:reader",
        ["exception:UnicodeDecodeError"] = "yaml:encoding",
    };

    [SkippableFact]
    public void VerdictsAreThoseOfTheReference()
    {
        var folder = Path.Combine(TestPaths.Shared ?? "", "corpus", "taxonomy");
        Skip.IfNot(File.Exists(Path.Combine(folder, "verdicts.tsv")), "needs the corpus of taxonomy files beside the checkout");
        var differences = new List<string>();
        foreach (var row in File.ReadLines(Path.Combine(folder, "verdicts.tsv")).Skip(1).Select(static line => line.Split('\t')))
        {
            var path = Path.Combine(folder, row[0]);
            var bytes = File.ReadAllBytes(path);
            var verdict = Qna.Check(bytes, path);
            var first =
                verdict.Findings.FirstOrDefault(static finding => finding.Level == FindingLevel.Error)?.Rule
                ?? (row[4] == "empty" ? verdict.Findings.FirstOrDefault()?.Rule : "")
                ?? "";
            if (verdict.IsValid != (row[1] == "1") || first != Kinds.GetValueOrDefault(row[4], row[4]))
            {
                differences.Add($"{row[0]}: {row[1]} {row[4]}, here {verdict.IsValid} {first}");
            }

            if (Qna.Check(bytes, path, SchemaMode.Newest).IsValid != (row[5] == "1"))
            {
                differences.Add($"{row[0]}: newest schema {row[5]}");
            }
        }

        Assert.Empty(differences);
    }
}
