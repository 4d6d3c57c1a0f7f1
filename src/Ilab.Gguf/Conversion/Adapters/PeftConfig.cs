using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>adapter_config.json of PEFT, as far as LoRA needs it.</summary>
internal sealed class PeftConfig
{
    public const string FileName = "adapter_config.json";

    /// <summary>PEFT's own default of both the rank and alpha.</summary>
    private const int Usual = 8;

    private readonly double _rank;
    private readonly double _alpha;
    private readonly bool _isStabilized;
    private readonly PeftPattern _ranks;
    private readonly PeftPattern _alphas;

    private PeftConfig(JsonElement config)
    {
        _rank = config.Find("r").Number() ?? Usual;
        _alpha = config.Find("lora_alpha").Number() ?? Usual;
        _isStabilized = config.Find("use_rslora").Flag() == true;
        _ranks = PeftPattern.Read(config, "rank_pattern");
        _alphas = PeftPattern.Read(config, "alpha_pattern");
        Base = config.Find("base_model_name_or_path").Text() ?? "";
    }

    /// <summary>Name of the model it was made for, or empty.</summary>
    public string Base { get; }

    /// <summary>
    /// The alpha of the GGUF: llama.cpp multiplies the product of a pair by this and divides it by the pair's rank. What a pair's own scale differs from that
    /// (<see cref="ScaleOf"/>) has to be in its second factor.
    /// </summary>
    public double Alpha => _isStabilized ? _alpha * Math.Sqrt(_rank) : _alpha;

    /// <exception cref="ConversionException">Not LoRA, or of a form that a GGUF has no words for.</exception>
    public static PeftConfig Read(SourceFolder folder)
    {
        using var document = folder.ReadJson(FileName) ?? throw new ConversionException($"{folder.Name} has no {FileName}");
        PeftForms.Refuse(document.RootElement);
        var config = new PeftConfig(document.RootElement);
        return config._rank is > 0 and < int.MaxValue && double.IsFinite(config._alpha)
            ? config
            : throw new ConversionException($"{FileName}: a rank of {Text(config._rank)} with an alpha of {Text(config._alpha)} makes no sense");
    }

    /// <summary>The rank that the config gives a module, as <c>model.layers.0.self_attn.q_proj</c>.</summary>
    public double RankOf(string module) => _ranks.ValueOf(module) ?? _rank;

    /// <summary>What the second factor of a module is multiplied by, so that the GGUF's one alpha gives the module's own scale; usually 1.</summary>
    public double ScaleOf(string module)
    {
        var (rank, alpha) = (RankOf(module), _alphas.ValueOf(module) ?? _alpha);
        var wanted = _isStabilized ? alpha / Math.Sqrt(rank) : alpha / rank;
        return Alpha == 0 ? wanted : wanted / (Alpha / rank); // llama.cpp takes an alpha of 0 for a scale of 1
    }

    private static string Text(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
