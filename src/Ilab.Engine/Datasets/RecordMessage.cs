namespace Ilab.Engine.Datasets;

/// <summary>One message of a record.</summary>
public readonly record struct RecordMessage(string Role, string Content);
