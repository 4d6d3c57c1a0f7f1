namespace Ilab.Yaml;

/// <summary>The stage that could not go on with a text.</summary>
public enum YamlStage
{
    /// <summary>Bytes that are not UTF-8.</summary>
    Encoding,

    /// <summary>Characters that YAML does not allow.</summary>
    Reader,

    /// <summary>No token begins or ends here.</summary>
    Scanner,

    /// <summary>Tokens that do not go together.</summary>
    Parser,

    /// <summary>Anchors, aliases, documents.</summary>
    Composer,

    /// <summary>Well-formed, but no value can be made of it.</summary>
    Constructor,

    /// <summary>Nested too deeply.</summary>
    Depth,

    /// <summary>More work than a file of questions can need.</summary>
    Limit,
}

/// <summary>A text that is not YAML, with the place and what to do about it.</summary>
public sealed class YamlException(YamlStage stage, YamlMark mark, string message, string fix) : Exception(message)
{
    public YamlStage Stage { get; } = stage;

    public YamlMark Mark { get; } = mark;

    public string Fix { get; } = fix;
}
