using Ilab.Data.Pipelines;

namespace Ilab.Data.Synthesis.Leaves;

/// <summary>One file of questions with its documents, ready for a pipeline.</summary>
/// <param name="Path">In the taxonomy, without the file's name: <c>knowledge/science/birds</c>.</param>
/// <param name="Kind"><c>freeform_skill</c>, <c>grounded_skill</c> or <c>knowledge</c>.</param>
/// <param name="Rows">Seeds: one for each example, of knowledge one for each piece of a document and example.</param>
/// <param name="Tests">The questions and answers that people wrote.</param>
internal sealed record Leaf(string Path, string Kind, IReadOnlyList<Row> Rows, IReadOnlyList<(string Question, string Answer)> Tests, int Chunks)
{
    /// <summary>A name for files: the path with underscores.</summary>
    public string FileName => Path.Replace('/', '_');

    public bool IsKnowledge => Kind == "knowledge";
}
