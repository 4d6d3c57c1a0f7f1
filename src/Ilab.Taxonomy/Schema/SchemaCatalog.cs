namespace Ilab.Taxonomy.Schema;

/// <summary>The schemas of qna.yaml: versions 1 to 3, skills and knowledge.</summary>
internal static class SchemaCatalog
{
    public const int Newest = 3;
    public const string Knowledge = "knowledge";
    public const string Skills = "compositional_skills";

    private static readonly TextRule Text = new();
    private static readonly MappingRule SkillExample = new([new("context", Text, false), new("question", Text), new("answer", Text)]);
    private static readonly MappingRule Pair = new([new("question", Text), new("answer", Text)], IsOpen: true);
    private static readonly MappingRule KnowledgeExample = new([
        new("context", Text),
        new("questions_and_answers", new ListRule(Pair, 3, true, "pairs of question and answer")),
    ]);
    private static readonly MappingRule Document = new([new("repo", Text), new("commit", Text), new("patterns", new ListRule(Text, 1, true, "patterns"))]);

    private static readonly MappingRule Skill1 = new([
        new("version", new NumberRule(1), false),
        new("created_by", Text),
        new("task_description", new TextRule(0)),
        new("seed_examples", new ListRule(SkillExample, 1, false, "examples")),
    ]);

    private static readonly MappingRule Knowledge3 = new([
        new("version", new NumberRule(3)),
        new("created_by", Text),
        new("domain", Text),
        new("document_outline", Text),
        new("seed_examples", new ListRule(KnowledgeExample, 5, true, "examples")),
        new("document", Document),
    ]);

    /// <summary>The rules; null when there are none.</summary>
    public static MappingRule? Find(string kind, int version) =>
        (kind, version) switch
        {
            (Knowledge, 3) => Knowledge3,
            (Skills, 1) => Skill1,
            (Skills, 2 or 3) => Skill(version),
            _ => null,
        };

    private static MappingRule Skill(int version) =>
        new([
            new("version", new NumberRule(version)),
            new("created_by", Text),
            new("task_description", Text),
            new("seed_examples", new ListRule(SkillExample, 5, true, "examples")),
        ]);
}
