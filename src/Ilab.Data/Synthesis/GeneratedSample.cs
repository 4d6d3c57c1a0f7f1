using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Leaves;

namespace Ilab.Data.Synthesis;

/// <summary>A question and answer produced by a pipeline.</summary>
/// <param name="Question">Including the context, if grounded.</param>
/// <param name="Document">For knowledge: the document chunk.</param>
internal sealed record GeneratedSample(Leaf Leaf, string Question, string Answer, string Document, Row Row)
{
    /// <summary>Reads question and answer from a row; if there is only a column <c>output</c>, the question ends at the first question mark.</summary>
    /// <returns>Null if there is none.</returns>
    public static GeneratedSample? Of(Leaf leaf, Row row)
    {
        var (question, answer) = (row.Text("question", "").Trim(), row.Text("response", row.Text("answer", "")).Trim());
        if (question.Length == 0 && row.Text("output") is { } output)
        {
            var mark = output.IndexOf('?', StringComparison.Ordinal);
            (question, answer) = mark < 0 ? ("", output.Trim()) : (output[..mark].Trim() + "?", output[(mark + 1)..].Trim());
        }

        return question.Length > 0 && answer.Length > 0 ? new GeneratedSample(leaf, question, answer, row.Text("document", ""), row) : null;
    }
}
