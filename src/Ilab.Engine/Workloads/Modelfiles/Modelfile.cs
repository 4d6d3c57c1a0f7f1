using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Workloads.Modelfiles;

/// <summary>What a Modelfile says: a model to begin from, and what is put on it.</summary>
public sealed record Modelfile
{
    /// <summary>Name of the file in folders.</summary>
    public const string FileName = "Modelfile";

    /// <summary>A path, or the name of a stored model.</summary>
    public required ModelfileValue From { get; init; }

    /// <summary>Paths of adapters.</summary>
    public IReadOnlyList<ModelfileValue> Adapters { get; init; } = [];

    public ModelSettings Settings { get; init; } = new();

    /// <summary>All license texts, or null.</summary>
    public string? License { get; init; }

    /// <summary>What is not used, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>What an instruction of a Modelfile names, and in which line.</summary>
public sealed record ModelfileValue(string Text, int Line);
