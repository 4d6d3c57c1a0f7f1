namespace Ilab.Testing.Taxonomies;

/// <summary>Small valid qna.yaml files.</summary>
public static class QnaFiles
{
    public static string Skill(int examples = 5, string version = "3") =>
        $"version: {version}\ncreated_by: ada\ntask_description: Short notes\nseed_examples:\n"
        + string.Concat(Enumerable.Range(0, examples).Select(static i => $"  - question: What is {i}?\n    answer: |\n      It is {i}.\n"));

    public static string Knowledge(string version = "3") =>
        $"version: {version}\ncreated_by: ada\ndomain: birds\ndocument_outline: All about birds\nseed_examples:\n"
        + string.Concat(
            Enumerable
                .Range(0, 5)
                .Select(static i =>
                    $"  - context: Bird {i} sings.\n    questions_and_answers:\n"
                    + string.Concat(Enumerable.Range(0, 3).Select(j => $"      - question: What does bird {i} do {j}?\n        answer: It sings {j}.\n"))
                )
        )
        + "document:\n  repo: https://example.org/birds.git\n  commit: 0123456789012345678901234567890123456789\n  patterns:\n    - birds.md\n";
}
