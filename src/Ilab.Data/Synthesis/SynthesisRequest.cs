using System.Text.Json.Serialization;

namespace Ilab.Data.Synthesis;

/// <summary>A generation as it was asked for; frozen with the job.</summary>
public sealed record SynthesisRequest
{
    /// <summary>Of the dataset that comes out of it.</summary>
    public required string Name { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public required TeacherChoice Teacher { get; init; }

    /// <summary>A built-in pipeline's name; or path of a file or folder among the inputs.</summary>
    public string Pipeline { get; set; } = "simple";

    /// <summary>For each leaf, exactly; 0 = what the pipeline makes of every seed.</summary>
    public int Samples { get; init; }

    /// <summary>Answers for each seed where a pipeline says <c>scaled</c>.</summary>
    public int Scale { get; set; } = 30;

    public ulong Seed { get; set; } = 42;

    /// <summary>Of a piece of a document.</summary>
    public int ChunkTokens { get; set; } = 500;

    /// <summary>Tokens that a piece has in common with the one before.</summary>
    public int ChunkOverlap { get; set; } = 100;

    /// <summary>Calls at once; 0 = what the teacher can take.</summary>
    public int Concurrency { get; init; }

    /// <summary>Seeds that go through the pipeline together.</summary>
    public int Batch { get; set; } = 8;

    /// <summary>ROUGE-L above which a question counts as another's; 0 = only the same ones.</summary>
    public double Similarity { get; init; }

    public string TaxonomyCommit { get; set; } = "";

    public string SystemPrompt { get; set; } = "";

    /// <summary>Of an answer that makes knowledge; 0 = what the pipeline says.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Blob with the inputs.</summary>
    public string Inputs { get; set; } = "";

    /// <summary>An earlier job whose finished calls count; empty = none.</summary>
    public string ContinueJob { get; set; } = "";
}

/// <summary>Who answers.</summary>
public sealed record TeacherChoice
{
    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>Of a model of the store; empty when it is elsewhere.</summary>
    public string Digest { get; set; } = "";

    /// <summary>Base address of an OpenAI-compatible service; empty for a model of the store.</summary>
    public string Url { get; set; } = "";

    /// <summary>File with the key, readable by this service alone; empty = none.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>0 = no limit.</summary>
    public int RequestsPerMinute { get; init; }

    /// <summary>0 = no limit.</summary>
    public int TokensPerMinute { get; init; }

    /// <summary>Of one call.</summary>
    public int TimeoutSeconds { get; set; } = 300;

    /// <summary>How long it may give no answer at all before the job gives up.</summary>
    public int PatienceSeconds { get; set; } = 600;
}

public enum InputKind
{
    Questions = 1,
    Document = 2,
    Pipeline = 3,
}

/// <param name="FullPath">Absolute, of questions; may be empty.</param>
/// <param name="Leaf">Path of the questions that a document belongs to.</param>
public sealed record InputFile(InputKind Kind, string Path, string FullPath, string Leaf, byte[] Content);

/// <summary>Everything that goes into a generation.</summary>
public sealed record SynthesisInputs(IReadOnlyList<InputFile> Files);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SynthesisRequest))]
[JsonSerializable(typeof(SynthesisInputs))]
internal sealed partial class SynthesisJson : JsonSerializerContext;
