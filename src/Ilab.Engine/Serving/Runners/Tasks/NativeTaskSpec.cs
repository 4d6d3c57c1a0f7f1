namespace Ilab.Engine.Serving.Runners.Tasks;

/// <summary>What a task process is to do: the <c>spec</c> of its folder.</summary>
public sealed record NativeTaskSpec
{
    /// <summary>Weight files, first part first.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>merge: the adapter to add to the weights.</summary>
    public string Adapter { get; set; } = "";

    /// <summary>quantize, merge: file to be.</summary>
    public string Output { get; set; } = "";

    /// <summary>quantize: llama.cpp's number of the type.</summary>
    public int FileType { get; init; }

    public string? ImportanceMatrix { get; init; }

    /// <summary>perplexity: file with the text.</summary>
    public string Text { get; set; } = "";

    /// <summary>perplexity: tokens of a chunk.</summary>
    public int ContextLength { get; init; }

    public int Threads { get; init; }

    public string? NativeDirectory { get; init; }

    /// <summary>Folder by which runners on the same cores take turns; null = the task has them to itself.</summary>
    public string? Turns { get; init; }
}

/// <summary>How far a task is; in its own units.</summary>
public sealed record NativeTaskProgress(long Done, long Total);

/// <summary>How well a model foresees a text: exp of the mean negative log-likelihood, with its standard error.</summary>
public sealed record PerplexityResult(double Value, double Error, int Tokens, int Chunks);
