using Ilab.Engine.Access;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Selects a model: a reference into the store, or a file outside of it.</summary>
public sealed record ModelSelection
{
    private ModelSelection(string? reference, string? checkpointPath)
    {
        Reference = reference;
        CheckpointPath = checkpointPath;
    }

    /// <summary>Name, digest or unique digest prefix of a stored model; null for a checkpoint.</summary>
    public string? Reference { get; }

    /// <summary>Absolute path of a GGUF file that the caller is allowed to read; null for a stored model.</summary>
    public string? CheckpointPath { get; }

    /// <summary>Whether it is to make embeddings instead of text.</summary>
    public bool Embeds { get; init; }

    /// <summary>On whose behalf.</summary>
    public Caller Caller { get; init; } = Caller.Service;

    public static ModelSelection Stored(string reference) => new(reference, null);

    /// <summary>The service must check that the caller may read <paramref name="path"/> first.</summary>
    public static ModelSelection Checkpoint(string path) => new(null, path);

    public override string ToString() => Reference ?? CheckpointPath ?? "";
}
