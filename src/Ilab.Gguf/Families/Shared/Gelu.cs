using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Shared;

/// <summary>
/// GELU has two forms, and the engine's graphs do not tell them apart. A file whose model has another one than its family says so, in the words of configs.
/// </summary>
internal static class Gelu
{
    /// <summary>The setting that says it.</summary>
    public const string Key = "hidden_activation";

    private const string ByError = "gelu",
        ByTanh = "gelu_pytorch_tanh";

    private static readonly string[] Tanh = [ByTanh, "gelu_new", "gelu_fast", "gelu_accurate", "gelu_python_tanh"];
    private static readonly string[] Error = [ByError, "gelu_python"];

    /// <summary>The names that configs have for either form.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Error, .. Tanh];

    /// <param name="usual">The form of the family.</param>
    /// <param name="keys">Where the config says it.</param>
    public static MetadataRule Setting(Activation usual, params string[] keys) =>
        Description.Setting.Of(
            Key,
            config =>
                config.Text(keys) is not { } name || FormOf(name) is not { } form || form == usual ? null
                : form == Activation.ExactGelu ? ByError
                : ByTanh
        );

    /// <param name="usual">What a config of the family says if the file says nothing.</param>
    public static ConfigRule Back(string key, string usual) => Description.Back.Of(key, source => source.Text(Key) ?? usual);

    /// <summary>What is wrong with a config that says another function.</summary>
    public static IEnumerable<string> Check(ModelConfig config, params string[] keys) =>
        config.Text(keys) is { } name && FormOf(name) is null ? [$"the activation {name} ({keys[0]}) is not a GELU, which the graph of this family has"] : [];

    /// <summary>Null = another function.</summary>
    public static Activation? FormOf(string name) =>
        Tanh.Contains(name) ? Activation.Gelu
        : Error.Contains(name) ? Activation.ExactGelu
        : null;
}
