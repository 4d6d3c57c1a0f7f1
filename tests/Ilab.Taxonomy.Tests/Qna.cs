using System.Text;
using Ilab.Taxonomy;

namespace Ilab.Taxonomy.Tests;

/// <summary>Small files of questions, and what the checker says about them.</summary>
internal static class Qna
{
    public const string SkillPath = "/t/compositional_skills/writing/notes/qna.yaml";
    public const string KnowledgePath = "/t/knowledge/science/birds/qna.yaml";

    public static string Skill(int examples = 5, string version = "3") =>
        $"version: {version}\ncreated_by: ada\ntask_description: Short notes\nseed_examples:\n"
        + string.Concat(Enumerable.Range(0, examples).Select(static i => $"  - question: What is {i}?\n    answer: |\n      It is {i}.\n"));

    public static string Knowledge(string version = "3") =>
        $"version: {version}\ncreated_by: ada\ndomain: birds\ndocument_outline: All about birds\nseed_examples:\n"
        + string.Concat(Enumerable.Range(0, 5).Select(static i => $"  - context: Bird {i} sings.\n    questions_and_answers:\n" + string.Concat(Enumerable.Range(0, 3).Select(j => $"      - question: What does bird {i} do {j}?\n        answer: It sings {j}.\n"))))
        + "document:\n  repo: https://example.org/birds.git\n  commit: 0123456789012345678901234567890123456789\n  patterns:\n    - birds.md\n";

    public static Verdict Check(string text, string path = SkillPath, SchemaMode mode = SchemaMode.Ilab, bool fix = false) => Check(Encoding.UTF8.GetBytes(text), path, mode, fix);

    public static Verdict Check(byte[] bytes, string path = SkillPath, SchemaMode mode = SchemaMode.Ilab, bool fix = false) => TaxonomyChecker.Check(new TaxonomyFile(path, path, bytes, bytes.Length), mode, fix);

    /// <summary>Rules and lines of the errors, such as <c>required@1</c>.</summary>
    public static string[] Errors(this Verdict verdict) => [.. verdict.Findings.Where(static finding => finding.Level == FindingLevel.Error).Select(static finding => $"{finding.Rule}@{finding.Line}")];
}
