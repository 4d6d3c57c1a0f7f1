using System.Text.Json.Serialization;

namespace Ilab.Data.Synthesis;

/// <summary>Request of a job of kind <c>generate</c>; immutable.</summary>
public sealed record SynthesisRequest
{
    /// <summary>Name of the resulting dataset.</summary>
    public required string Name { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public required TeacherChoice Teacher { get; init; }

    /// <summary>Name of a built-in pipeline, or path of a file or directory among the inputs.</summary>
    public string Pipeline { get; set; } = "simple";

    /// <summary>Exact number of samples per leaf; 0 = whatever the pipeline produces from each seed.</summary>
    public int Samples { get; init; }

    /// <summary>Completions per seed where a pipeline specifies <c>scaled</c>.</summary>
    public int Scale { get; set; } = 30;

    public ulong Seed { get; set; } = 42;

    /// <summary>Document chunk size in tokens.</summary>
    public int ChunkTokens { get; set; } = 500;

    /// <summary>Tokens shared with the preceding chunk.</summary>
    public int ChunkOverlap { get; set; } = 100;

    /// <summary>Concurrent teacher requests; 0 = as many as the teacher can handle.</summary>
    public int Concurrency { get; init; }

    /// <summary>Seeds per pipeline batch.</summary>
    public int Batch { get; set; } = 8;

    /// <summary>ROUGE-L threshold above which a question is a duplicate; 0 = exact duplicates only.</summary>
    public double Similarity { get; init; }

    public string TaxonomyCommit { get; set; } = "";

    public string SystemPrompt { get; set; } = "";

    /// <summary>Maximum tokens of a completion that generates knowledge; 0 = as specified by the pipeline.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Blob with the inputs.</summary>
    public string Inputs { get; set; } = "";

    /// <summary>An earlier job whose completions are reused; empty = none.</summary>
    public string ContinueJob { get; set; } = "";
}

/// <summary>The teacher of a generation.</summary>
public sealed record TeacherChoice
{
    /// <summary>Display name.</summary>
    public required string Name { get; init; }

    /// <summary>Digest of a model in the store; empty for a remote teacher.</summary>
    public string Digest { get; set; } = "";

    /// <summary>Base URL of an OpenAI-compatible API; empty for a model in the store.</summary>
    public string Url { get; set; } = "";

    /// <summary>Name of the secret with the API key; empty = the one that was given to the job, if any.</summary>
    public string KeySecret { get; set; } = "";

    /// <summary>0 = no limit.</summary>
    public int RequestsPerMinute { get; init; }

    /// <summary>0 = no limit.</summary>
    public int TokensPerMinute { get; init; }

    /// <summary>Per request.</summary>
    public int TimeoutSeconds { get; set; } = 300;

    /// <summary>Time without any response after which the job fails.</summary>
    public int PatienceSeconds { get; set; } = 600;
}

public enum InputKind
{
    Questions = 1,
    Document = 2,
    Pipeline = 3,
}

/// <param name="FullPath">Absolute path of a qna.yaml file; may be empty.</param>
/// <param name="Leaf">For documents: path of the qna.yaml file they belong to.</param>
public sealed record InputFile(InputKind Kind, string Path, string FullPath, string Leaf, byte[] Content);

/// <summary>All inputs of a generation.</summary>
public sealed record SynthesisInputs(IReadOnlyList<InputFile> Files);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SynthesisRequest))]
[JsonSerializable(typeof(SynthesisInputs))]
internal sealed partial class SynthesisJson : JsonSerializerContext;
