using Ilab.Taxonomy.Schema;
using Ilab.Yaml;

namespace Ilab.Taxonomy.Advice;

/// <summary>What the schema allows and generation makes little of: warnings.</summary>
internal static class TextAdvice
{
    private const int MostSkillWords = 2300;
    private const int MostContextWords = 500;
    private const int MostPairWords = 250;
    private const int CommitLength = 40;

    public static void Check(YamlMapping root, string kind, int version, FindingList findings)
    {
        if (version < 2 || findings.HasErrors || root.Find("seed_examples") is not YamlSequence examples)
        {
            return;
        }

        if (kind == SchemaCatalog.Knowledge)
        {
            for (var index = 0; index < examples.Items.Count; index++)
            {
                CheckKnowledge((YamlMapping)examples.Items[index], $"seed_examples[{index}]", findings);
            }

            CheckDocument((YamlMapping)root.Find("document")!, findings);
            return;
        }

        var words = examples.Items.OfType<YamlMapping>().Sum(static example => Words(example.Find("question")) + Words(example.Find("answer")));
        if (words > MostSkillWords)
        {
            findings.Warn(
                examples.Start,
                "length:words",
                "seed_examples",
                $"{words} words in all questions and answers",
                $"about {MostSkillWords} fit a teacher's context; shorten them or keep fewer"
            );
        }
    }

    private static void CheckKnowledge(YamlMapping example, string place, FindingList findings)
    {
        Limit(Words(example.Find("context")), MostContextWords, example, place + ".context", findings);
        var pairs = ((YamlSequence)example.Find("questions_and_answers")!).Items;
        Limit(
            pairs.Cast<YamlMapping>().Sum(static pair => Words(pair.Find("question")) + Words(pair.Find("answer"))),
            MostPairWords,
            example,
            place + ".questions_and_answers",
            findings
        );
        if (pairs.Count > 3)
        {
            findings.Warn(
                pairs[3].Start,
                "length:pairs",
                place + ".questions_and_answers",
                $"{pairs.Count} pairs; only the first three are shown to a teacher",
                "put the best three first"
            );
        }
    }

    private static void CheckDocument(YamlMapping document, FindingList findings)
    {
        var (repo, commit) = ((YamlScalar)document.Find("repo")!, (YamlScalar)document.Find("commit")!);
        if (!repo.Text.Contains("://", StringComparison.Ordinal) && !repo.Text.Contains('@', StringComparison.Ordinal) && !repo.Text.StartsWith('/'))
        {
            findings.Warn(repo.Start, "document:repo", "document.repo", "not the address of a repository", "write it as https://host/owner/name.git");
        }

        if (commit.Text.Length != CommitLength || !commit.Text.All(char.IsAsciiHexDigit))
        {
            findings.Warn(
                commit.Start,
                "document:commit",
                "document.commit",
                "not a full commit id",
                "write all 40 digits, as git rev-parse prints them, so that the documents never change"
            );
        }

        foreach (
            var pattern in ((YamlSequence)document.Find("patterns")!)
                .Items.Cast<YamlScalar>()
                .Where(static pattern => pattern.Text.StartsWith('/') || pattern.Text.Split('/').Contains(".."))
        )
        {
            findings.Warn(
                pattern.Start,
                "document:pattern",
                "document.patterns",
                "a pattern is looked for inside of the repository",
                "write it relative to the top of the repository, without .."
            );
        }
    }

    private static void Limit(int words, int most, YamlNode node, string place, FindingList findings)
    {
        if (words > most)
        {
            findings.Warn(node.Start, "length:words", place, $"{words} words in {place}", $"keep it below {most}");
        }
    }

    private static int Words(YamlNode? node)
    {
        if (node is not YamlScalar { Kind: YamlKind.Text } text)
        {
            return 0;
        }

        var (words, inside) = (0, false);
        foreach (var c in text.Text)
        {
            var isBlank = char.IsWhiteSpace(c);
            words += !isBlank && !inside ? 1 : 0;
            inside = !isBlank;
        }

        return words;
    }
}
