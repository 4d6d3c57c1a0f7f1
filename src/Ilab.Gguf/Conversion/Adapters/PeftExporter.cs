using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>A GGUF adapter as a LoRA adapter of PEFT.</summary>
public static class PeftExporter
{
    private const string First = ".lora_a",
        Second = ".lora_b";

    /// <summary>Whether a GGUF is an adapter.</summary>
    public static bool Fits(string gguf) => GgufFile.Read(gguf).GetString("general.type") == "adapter";

    /// <param name="model">The model that it is for; null is an error that says how to name it.</param>
    /// <exception cref="ConversionException">It cannot be converted.</exception>
    public static FolderExport Prepare(string gguf, FamilyModel? model)
    {
        var handle = File.OpenHandle(gguf);
        try
        {
            return Prepare(GgufFile.Read(gguf), handle, model);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static FolderExport Prepare(GgufFile file, SafeFileHandle handle, FamilyModel? model)
    {
        if (model is null)
        {
            throw new ConversionException("an adapter is converted for a model", "name the model in the store with --base");
        }

        if (file.GetString("general.architecture") != model.Family.Architecture)
        {
            throw new ConversionException(
                $"the adapter is for models of the kind {file.GetString("general.architecture")}, the base is {model.Family.Architecture}"
            );
        }

        var targets = new PeftTargets(model);
        var names = targets
            .All.DistinctBy(static target => target.Entry.Target)
            .ToDictionary(static target => target.Entry.Target, static target => target.Entry, StringComparer.Ordinal);
        var writer = new SafetensorsWriter().AddMetadata("format", "pt");
        var (modules, ranks) = (new SortedSet<string>(StringComparer.Ordinal), new SortedDictionary<string, ulong>(StringComparer.Ordinal));
        foreach (var tensor in file.Tensors)
        {
            var isFirst = tensor.Name.EndsWith(First, StringComparison.Ordinal);
            if ((!isFirst && !tensor.Name.EndsWith(Second, StringComparison.Ordinal)) || !names.TryGetValue(tensor.Name[..^First.Length], out var target))
            {
                throw new ConversionException($"{tensor.Name} is not a tensor of a LoRA adapter for this base", isUnsupported: true);
            }

            var module = target.Sources[0][..^".weight".Length];
            modules.Add(module[(module.LastIndexOf('.') + 1)..]);
            if (isFirst)
            {
                ranks[module] = tensor.Shape[1];
            }

            var rows = FileRows.Of(handle, file.DataOffset, tensor);
            var source = isFirst ? rows : SecondOf(target, new TensorValue([(long)tensor.Shape[1], (long)tensor.Shape[0]], rows, IsHalf: false), model);
            writer.Add(
                $"base_model.model.{module}.{(isFirst ? "lora_A" : "lora_B")}.weight",
                SafetensorsType.F32,
                [(long)tensor.Shape[1], (long)tensor.Shape[0]],
                stream => RowWriter.Write(source, GgmlType.F32, stream)
            );
        }

        return new FolderExport(
            [PeftConfig.FileName, PeftConverter.WeightsFile],
            writer.DataBytes,
            handle,
            (folder, progress, cancellationToken) =>
            {
                WriteConfig(folder, file, modules, (ranks, targets.IsTransposed));
                using var weights = new FileStream(Path.Combine(folder, PeftConverter.WeightsFile), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
                using var told = new ProgressStream(weights, progress, cancellationToken);
                writer.Write(told);
            }
        );
    }

    // A matrix that checkpoints keep transposed has its factors as others have them.
    private static IRowSource SecondOf(TensorEntry entry, TensorValue value, FamilyModel model) =>
        TensorUndo
            .Undo(entry with { Rule = entry.Rule with { Steps = [.. entry.Rule.Steps.Where(static step => step is not Transpose)] } }, value, model)
            .Single();

    private static void WriteConfig(string folder, GgufFile file, IEnumerable<string> modules, (SortedDictionary<string, ulong> Ranks, bool IsTransposed) form)
    {
        // The usual rank is that of most modules; those of another have it by their names.
        var usual = form
            .Ranks.Values.GroupBy(static rank => rank)
            .OrderByDescending(static group => group.Count())
            .Select(static group => group.Key)
            .FirstOrDefault();
        var others = form.Ranks.Where(entry => entry.Value != usual).ToArray();
        ConfigWriter.WriteFile(
            Path.Combine(folder, PeftConfig.FileName),
            json =>
            {
                json.WriteString("peft_type", "LORA");
                json.WriteString("task_type", "CAUSAL_LM");
                json.WriteString("base_model_name_or_path", file.GetString("general.base_model.0.name") ?? "");
                json.WriteNumber("r", usual);
                json.WriteNumber("lora_alpha", file.Metadata.GetValueOrDefault("adapter.lora.alpha")?.Value is float alpha ? alpha : usual);
                json.WriteNumber("lora_dropout", 0);
                json.WriteString("bias", "none");
                json.WriteBoolean("fan_in_fan_out", form.IsTransposed);
                json.WriteStartArray("target_modules");
                foreach (var module in modules)
                {
                    json.WriteStringValue(module);
                }

                json.WriteEndArray();
                // Without an alpha, factors stand alone: each module's is its rank.
                var says = file.Metadata.ContainsKey("adapter.lora.alpha");
                foreach (
                    var pattern in others.Length == 0 ? []
                    : says ? new[] { "rank_pattern" }
                    : ["rank_pattern", "alpha_pattern"]
                )
                {
                    json.WriteStartObject(pattern);
                    foreach (var (module, rank) in others)
                    {
                        json.WriteNumber(module, rank);
                    }

                    json.WriteEndObject();
                }
            }
        );
    }
}
