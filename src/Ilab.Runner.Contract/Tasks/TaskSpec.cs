namespace Ilab.Runner.Contract.Tasks;

/// <summary>What a task is to do: the <c>spec</c> of its bundle, written by the service before the process starts.</summary>
public sealed record TaskSpec
{
    /// <summary>Absolute paths of the weight files, first part first.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>merge: the adapter to add to the weights.</summary>
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

    /// <summary>perplexity: tokens of a chunk.</summary>
    public int ContextLength { get; set; } = 512;

    /// <summary>0 = one for each processor.</summary>
    public int Threads { get; init; }

    /// <summary>Folder with the native libraries; null = the runner looks beside itself.</summary>
    public string? NativeDirectory { get; init; }

    /// <summary>Folder by which runners on the same cores take turns; null = the task has them to itself.</summary>
    public string? Turns { get; init; }
}
