namespace Ilab.Engine.Serving.Scheduling;

/// <summary>A part of the memory that a loaded model reserves.</summary>
public sealed record MemoryPart(string Name, long Bytes)
{
    public const string Weights = "weights",
        Cache = "kv cache",
        Compute = "compute",
        Packed = "rearranged",
        Draft = "draft",
        Embeddings = "embeddings",
        Driver = "device",
        Process = "runner";
}
