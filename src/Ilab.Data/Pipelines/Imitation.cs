namespace Ilab.Data.Pipelines;

/// <summary>Stands in for what a teacher would write into a column, in about its length, so that the prompts that contain it can be measured.</summary>
internal static class Imitation
{
    private const string Usual = "A few words that say why, as a teacher would.";

    private static readonly (string Word, string[] Like)[] Kinds =
    [
        ("question", ["seed_question", "icl_query_1", "question"]),
        ("instruction", ["seed_question", "icl_query_1"]),
        ("response", ["seed_response", "icl_response_1", "response"]),
        ("answer", ["seed_response", "icl_response_1", "answer"]),
        ("context", ["seed_context", "document", "icl_document"]),
        ("spellcheck", ["document", "base_document"]),
        ("document", ["document", "base_document", "icl_document"]),
        ("summary", ["icl_document", "document"]),
    ];

    public static string Of(string column, Row row)
    {
        var like = Kinds
            .Where(kind => column.Contains(kind.Word, StringComparison.OrdinalIgnoreCase))
            .SelectMany(static kind => kind.Like)
            .Prepend($"seed_{column}")
            .Select(name => row.Text(name))
            .FirstOrDefault(static text => text is { Length: > 0 });
        return like
            ?? (
                column.Contains("score", StringComparison.OrdinalIgnoreCase) || column.Contains("rating", StringComparison.OrdinalIgnoreCase) ? "2"
                : column.Contains("judgment", StringComparison.OrdinalIgnoreCase) ? "YES"
                : Usual
            );
    }
}
