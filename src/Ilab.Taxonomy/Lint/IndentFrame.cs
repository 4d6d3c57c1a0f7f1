namespace Ilab.Taxonomy.Lint;

internal enum FrameKind
{
    Root,
    BlockMapping,
    FlowMapping,
    BlockSequence,
    FlowSequence,
    Entry,
    Key,
    Value,
}

/// <summary>Something open, and the column its lines are expected at; -1 = any deeper one.</summary>
internal sealed record IndentFrame(FrameKind Kind, int Indent)
{
    /// <summary>Of a flow collection: the column that its closing mark is expected at.</summary>
    public int LineIndent { get; init; }

    /// <summary>A key written with its question mark.</summary>
    public bool IsExplicit { get; init; }

    /// <summary>A list whose dashes stand below its key's first letter: no token opens or closes it.</summary>
    public bool IsUnmarked { get; init; }
}
