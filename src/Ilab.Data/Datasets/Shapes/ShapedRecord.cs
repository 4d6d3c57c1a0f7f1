using System.Text.Json.Nodes;

namespace Ilab.Data.Datasets.Shapes;

/// <summary>A record after its shape was recognized.</summary>
/// <param name="Messages">What was said, for statistics and display.</param>
/// <param name="Json">The record as it is stored.</param>
/// <param name="IsStored">Whether it was in that form already.</param>
internal sealed record ShapedRecord(IReadOnlyList<RecordMessage> Messages, JsonObject Json, bool IsStored);
