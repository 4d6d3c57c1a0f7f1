using System.Text.Json;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Reads config.json.</summary>
public static class HuggingFaceConfig
{
    public const string FileName = SourceFolder.ConfigFile;

    /// <exception cref="ConversionException">It is missing, not right (all problems at once), or of a family that cannot be converted.</exception>
    /// <param name="folder">Has the file, or that is the error.</param>
    public static FamilyModel Read(SourceFolder folder)
    {
        using var document =
            folder.ReadJson(FileName)
            ?? throw new ConversionException(
                folder.Has("adapter_config.json") ? $"{folder.Name} is an adapter: it has no {FileName}" : $"{folder.Name} has no {FileName}",
                "name a folder as it comes from Hugging Face"
            );
        return Parse(document.RootElement.Clone());
    }

    internal static FamilyModel Parse(JsonElement root)
    {
        var className = ModelConfig.ClassOf(root) ?? throw new ConversionException($"{FileName} does not say what the model is (architectures)");
        var family = FamilyList.OfClass(className) ?? throw Unknown(className);
        var config = new ModelConfig(root, family.Defaults);
        family = family.Variant?.Invoke(config) ?? family;
        var model = new FamilyModel(family, config);
        Check(model);
        return config.Problems.Count == 0 ? model : throw Wrong(config);
    }

    /// <summary>The exception for what was found wrong with a config.</summary>
    internal static ConversionException Wrong(ModelConfig config) => new($"{FileName}: {ConversionException.Join([.. config.Problems, .. Assumed(config)])}");

    /// <summary>Lengths that the config does not say, with what was taken for them: they may be what is wrong.</summary>
    internal static IEnumerable<string> Assumed(ModelConfig config) =>
        config.DefaultedLengths().Select(static entry => $"{entry.Key} is missing ({entry.Value} was taken)");

    /// <summary>The exception for a model of no known family.</summary>
    internal static ConversionException Unknown(string name) =>
        new(
            $"models of the kind {name} cannot be converted",
            $"these can: {string.Join(", ", FamilyList.All.Select(static family => family.Classes[0]))}",
            isUnsupported: true
        );

    /// <summary>Whether a family's files can say that positions are stretched in some way: nothing may be passed over in silence.</summary>
    private static bool Stretches(FamilyModel model, string kind)
    {
        return kind switch
        {
            "linear" or "yarn" => Setting("rope.scaling.type") is string said && said == kind,
            "longrope" => Computes("rope_factors_long.weight"),
            "llama3" or "proportional" => Computes("rope_freqs.weight"),
            _ => true,
        };

        object? Setting(string key) => model.Family.Metadata.LastOrDefault(rule => rule.Key == key)?.Value(model.Config, model.Measures);

        bool Computes(string name) => model.Family.Computed.Any(tensor => tensor.Name == name && tensor.Values(model.Config, model.Measures) is not null);
    }

    private static void Check(FamilyModel model)
    {
        var (config, measures) = (model.Config, model.Measures);
        foreach (var rule in model.Family.Metadata)
        {
            rule.Value(config, measures);
        }

        foreach (var rule in model.Family.Tensors.Where(rule => rule.Where?.Invoke(config, -1) != false))
        {
            model.ShapeOf(rule.Shape, -1);
        }

        foreach (var rule in model.Family.LayerTensors.Where(rule => !rule.IsOptional && rule.Where?.Invoke(config, 0) != false))
        {
            model.ShapeOf(rule.Shape, 0);
        }

        if (config.Problems.Count > 0)
        {
            return;
        }

        if (measures.Find("heads") is { } heads && measures.Find("kv") is { } shared && (shared <= 0 || heads % shared != 0))
        {
            config.Report($"{heads} heads cannot share {shared} key-value heads (num_key_value_heads)");
        }

        if (measures.Find("head") is { } head && (head % 2 != 0 || head <= 0) && config.Rope.Base is not null)
        {
            config.Report($"heads of {head} values have no rotary pairs");
        }

        if (config.Text("hidden_act") is { } activation && model.Family.Activations is { Count: > 0 } known && !known.Contains(activation))
        {
            config.Report($"the activation {activation} is not the {known[0]} of this family");
        }

        if (config.Whole("max_position_embeddings") is <= 0)
        {
            config.Report("max_position_embeddings makes no sense");
        }

        if (config.Rope.Kind is { } kind && !Stretches(model, kind))
        {
            config.Report($"rotary scaling of the kind {kind} is not of this family's graph, or lacks its factor");
        }

        foreach (var problem in model.Family.Check?.Invoke(config) ?? [])
        {
            config.Report(problem);
        }
    }
}
