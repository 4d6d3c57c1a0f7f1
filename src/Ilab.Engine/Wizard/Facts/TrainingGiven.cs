namespace Ilab.Engine.Wizard.Facts;

/// <summary>What of a training is decided already; null = open.</summary>
public sealed record TrainingGiven
{
    /// <summary>Rank of adapters where none is given.</summary>
    public const int UsualRank = 16;

    /// <summary><c>lora</c>, <c>qlora</c> or <c>full</c>.</summary>
    public string? Type { get; init; }

    public string? Device { get; init; }

    /// <summary>Sequences per batch.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Batches per step.</summary>
    public int? Accumulation { get; init; }

    /// <summary>Tokens per sequence.</summary>
    public int? MaxLength { get; init; }

    public bool? Checkpointing { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>Of adapters.</summary>
    public int? Rank { get; init; }

    /// <summary><c>auto</c> or <c>f32</c>.</summary>
    public string Precision { get; init; } = "auto";
}
