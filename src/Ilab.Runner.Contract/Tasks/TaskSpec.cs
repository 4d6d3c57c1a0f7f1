namespace Ilab.Runner.Contract.Tasks;

/// <summary>Parameters of a task: the <c>spec</c> of its bundle, written by the service before the process starts.</summary>
public sealed record TaskSpec
{
    /// <summary>Absolute paths of the weight files, in order.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>merge: the adapter to merge into the weights.</summary>
    public string Adapter { get; set; } = "";

    /// <summary>quantize, merge, convert to a GGUF: the file to write.</summary>
    public string Output { get; set; } = "";

    /// <summary>convert to safetensors: the folder to write to.</summary>
    public string OutputFolder { get; set; } = "";

    /// <summary>convert: from what to what; null for other tasks.</summary>
    public ConversionSpec? Conversion { get; init; }

    /// <summary>quantize: llama.cpp's number of the type (llama_ftype).</summary>
    public int FileType { get; init; }

    /// <summary>quantize: absolute path of an importance matrix; null = none.</summary>
    public string? ImportanceMatrix { get; init; }

    /// <summary>perplexity: file with the text.</summary>
    public string Text { get; set; } = "";

    /// <summary>perplexity: chunk size in tokens.</summary>
    public int ContextLength { get; set; } = 512;

    /// <summary>0 = one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Directory of the native libraries; null = next to the runner.</summary>
    public string? NativeDirectory { get; init; }

    /// <summary>Directory through which runners on the same cores take turns; null = no other runners.</summary>
    public string? Turns { get; init; }
}
