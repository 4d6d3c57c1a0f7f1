using Ilab.Data.Pipelines;

namespace Ilab.Data.Synthesis.Leaves;

/// <summary>A qna.yaml file with its documents, prepared for a pipeline.</summary>
/// <param name="Path">Path in the taxonomy, without the file name: <c>knowledge/science/birds</c>.</param>
/// <param name="Kind"><c>freeform_skill</c>, <c>grounded_skill</c> or <c>knowledge</c>.</param>
/// <param name="Rows">The seeds: one per example; for knowledge, one per document chunk and example.</param>
/// <param name="Tests">The human-written questions and answers.</param>
internal sealed record Leaf(string Path, string Kind, IReadOnlyList<Row> Rows, IReadOnlyList<(string Question, string Answer)> Tests, int Chunks)
{
    /// <summary>The path with underscores, for use as a file name; different from that of all other leaves of a run.</summary>
    public string FileName { get; init; } = Path.Replace('/', '_');

    public bool IsKnowledge => Kind == "knowledge";
}
