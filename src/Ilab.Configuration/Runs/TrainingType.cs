namespace Ilab.Configuration.Runs;

/// <summary>What of a model is trained.</summary>
public enum TrainingType
{
    /// <summary>ilab chooses by model, data and memory; other readers of the file see LoRA.</summary>
    Auto,

    /// <summary>Low-rank adapters; the weights stay as they are.</summary>
    Lora,

    /// <summary>Low-rank adapters above quantized weights.</summary>
    Qlora,

    /// <summary>Every weight.</summary>
    Full,
}
