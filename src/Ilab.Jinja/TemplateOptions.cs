namespace Ilab.Jinja;

/// <summary>How a template is parsed and rendered. The defaults are those of pipelines: an undefined name is an error, white space is kept.</summary>
public sealed record TemplateOptions
{
    /// <summary>As transformers sets up Jinja: undefined names print as nothing, <c>trim_blocks</c> and <c>lstrip_blocks</c> are on.</summary>
    public static TemplateOptions Chat { get; } =
        new()
        {
            TrimBlocks = true,
            LstripBlocks = true,
            IsLenient = true,
        };

    /// <summary>Removes the first newline after a block tag.</summary>
    public bool TrimBlocks { get; init; }

    /// <summary>Removes white space before a block tag that starts a line.</summary>
    public bool LstripBlocks { get; init; }

    /// <summary>Whether an undefined name is an empty value, as in Jinja's default, instead of an error.</summary>
    public bool IsLenient { get; init; }

    public TemplateLimits Limits { get; init; } = new();

    /// <summary>Source of <c>strftime_now</c>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>What a template may use: templates come with files from anywhere. Exceeding one is a <see cref="TemplateLimitException"/>.</summary>
public sealed record TemplateLimits
{
    /// <summary>Expressions and statements evaluated in one rendering.</summary>
    public int Steps { get; init; } = 10_000_000;

    /// <summary>Characters written in one rendering, those captured by macros and block assignments included.</summary>
    public int OutputCharacters { get; init; } = 32 << 20;

    /// <summary>Nested blocks, expressions, macro calls, and nested values that are printed or compared.</summary>
    public int Depth { get; init; } = 128;

    /// <summary>Bytes of texts, lists and dictionaries created in one rendering, freed ones included.</summary>
    public long MemoryBytes { get; init; } = 512L << 20;
}
