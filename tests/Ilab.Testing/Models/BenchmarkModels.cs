namespace Ilab.Testing.Models;

/// <summary>Models that are only as big, or as many, as a measurement needs.</summary>
public static class BenchmarkModels
{
    /// <summary>A model file of at least <paramref name="bytes"/> bytes, and a twentieth more at most where they are many.</summary>
    public static void WriteOfSize(string path, long bytes)
    {
        var shape = new LlamaShape(Embedding: 2048, FeedForward: 5632, Layers: 1, Heads: 16, Vocabulary: 512);
        long layer = ((4L * shape.Embedding * shape.Embedding) + (3L * shape.Embedding * shape.FeedForward)) * 34 / 32;
        RandomLlama.Write(path, shape with { Layers = (int)Math.Max(1, (bytes + layer - 1) / layer) }, "of-size");
    }

    /// <summary>About 110 million parameters, with which decoding can be measured.</summary>
    public static void WriteDecodable(string path) => RandomLlama.Write(path, LlamaShape.HundredMillion, "hundred-million");

    /// <summary>One of many small models, each with its own digest.</summary>
    public static void WriteDistinct(string path, int index) => RandomLlama.Write(path, LlamaShape.Smallest, $"distinct-{index}", seed: index);
}
