namespace Ilab.Data.Datasets;

/// <summary>One message of a record.</summary>
public readonly record struct RecordMessage(string Role, string Content);
