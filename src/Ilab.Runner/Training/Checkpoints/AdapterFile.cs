using Ilab.Gguf;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>Writes an adapter in llama.cpp's format: A [in, rank] and B [rank, out] per weight. The same adapter gives the same bytes.</summary>
internal static class AdapterFile
{
    public static void Write(string path, TrainingModel model)
    {
        var writer = new GgufWriter()
            .Add("general.type", "adapter")
            .Add("general.architecture", model.Shape.Name)
            .Add("general.name", $"LoRA of rank {model.Adapters!.Options.Rank}")
            .Add("adapter.type", "lora")
            .Add("adapter.lora.alpha", model.Adapters.Options.Alpha);
        foreach (var parameter in model.Parameters.All)
        {
            writer.Add(parameter.Name, parameter.Value);
        }

        writer.WriteAtomically(path);
    }
}
