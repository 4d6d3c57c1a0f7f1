using System.Text;
using Ilab.Testing.Taxonomies;

namespace Ilab.Taxonomy.Tests;

/// <summary>Small files of questions, and what the checker says about them.</summary>
internal static class Qna
{
    public const string SkillPath = "/t/compositional_skills/writing/notes/qna.yaml";
    public const string KnowledgePath = "/t/knowledge/science/birds/qna.yaml";

    public static string Skill(int examples = 5, string version = "3") => QnaFiles.Skill(examples, version);

    public static string Knowledge(string version = "3") => QnaFiles.Knowledge(version);

    public static Verdict Check(string text, string path = SkillPath, SchemaMode mode = SchemaMode.Ilab, bool fix = false) =>
        Check(Encoding.UTF8.GetBytes(text), path, mode, fix);

    public static Verdict Check(byte[] bytes, string path = SkillPath, SchemaMode mode = SchemaMode.Ilab, bool fix = false) =>
        TaxonomyChecker.Check(new TaxonomyFile(path, path, bytes, bytes.Length), mode, fix);

    /// <summary>Rules and lines of the errors, such as <c>required@1</c>.</summary>
    public static string[] Errors(this Verdict verdict) =>
        [.. verdict.Findings.Where(static finding => finding.Level == FindingLevel.Error).Select(static finding => $"{finding.Rule}@{finding.Line}")];
}
