using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Leaves;

namespace Ilab.Data.Synthesis;

/// <summary>A question with its answer, as it came out of the pipeline.</summary>
/// <param name="Question">With the text that it is about, when it is grounded.</param>
/// <param name="Document">Of knowledge: the piece that it is about.</param>
internal sealed record GeneratedSample(Leaf Leaf, string Question, string Answer, string Document, Row Row)
{
    /// <summary>Reads question and answer of a row; of an only column <c>output</c> the question ends at the first question mark.</summary>
    /// <returns>Null when there is none.</returns>
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
