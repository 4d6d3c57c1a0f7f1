using System.Runtime.InteropServices;
using Ilab.Gguf;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>Writes an adapter in llama.cpp's format: A [in, rank] and B [rank, out] per weight. The same adapter gives the same bytes.</summary>
internal static class AdapterFile
{
    /// <param name="template">The chat template it was trained with if the model has none, or null.</param>
    public static void Write(string path, TrainingModel model, string? template = null)
    {
        var writer = new GgufWriter()
            .Add("general.type", "adapter")
            .Add("general.architecture", model.Decoder.Architecture)
            .Add("general.name", $"LoRA of rank {model.Adapters!.Options.Rank}")
            .Add("adapter.type", "lora")
            .Add("adapter.lora.alpha", model.Adapters.Options.Alpha);
        if (template is not null)
        {
            writer.Add(ModelFile.ChatTemplate, template);
        }

        var parts = model.Adapters.Divided.SelectMany(model.Adapters.PartsOf).SelectMany(static part => new[] { part.A.Name, part.B.Name }).ToHashSet();
        foreach (var parameter in model.Parameters.All.Where(parameter => !parts.Contains(parameter.Name)))
        {
            writer.Add(parameter.Name, parameter.Value);
        }

        foreach (var weight in model.Adapters.Divided)
        {
            AddJoined(writer, weight, LowRank.Find(model, weight)!, model.Adapters.Options);
        }

        writer.WriteAtomically(path);
    }

    // Whoever reads it divides alpha by the rank that the factors have.
    private static void AddJoined(GgufWriter writer, string weight, LowRank joined, LoraOptions options)
    {
        var factor = joined.Rank / (float)options.Rank;
        var (columns, rows) = (joined.A.Length / joined.Rank, joined.B.Length / joined.Rank);
        writer.AddTensor(
            $"{weight}.lora_a",
            GgmlType.F32,
            [(ulong)columns, (ulong)joined.Rank],
            stream => stream.Write(MemoryMarshal.AsBytes<float>(joined.A))
        );
        writer.AddTensor(
            $"{weight}.lora_b",
            GgmlType.F32,
            [(ulong)joined.Rank, (ulong)rows],
            stream => stream.Write(MemoryMarshal.AsBytes<float>(Array.ConvertAll(joined.B, value => value * factor)))
        );
    }
}
