using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Conf;

/// <summary>The defaults of `model train`.</summary>
internal static class TrainingSettings
{
    private const string Section = "training";

    public static IReadOnlyList<Setting> All { get; } =
    [
        Of(
            "training-type",
            SettingType.Choice("lora", "qlora", "full", "scratch", "auto"),
            "lora",
            "What is trained: adapters, adapters on a quantized base, every weight, or what suits model, data and memory"
        ),
        Of("rank", SettingType.Integer(1, 1024), "8", "Rank of the adapters"),
        Of("alpha", SettingType.Real(0, double.PositiveInfinity), "", "Scale of the adapters") with
        {
            DefaultInWords = "twice the rank",
        },
        Of("dropout", SettingType.Real(0, 0.9), "0", "Dropout probability of the adapters"),
        Of("epochs", SettingType.Real(0, double.PositiveInfinity), "3", "Passes over the data") with
        {
            Uses = [new("model train", "--epochs", "--steps")],
        },
        Of("batch-size", SettingType.Integer(1, 1024, "sequences"), "4", "Sequences per batch"),
        Of("gradient-accumulation", SettingType.Integer(1, 4096, "batches"), "1", "Batches per optimizer step"),
        Of("learning-rate", SettingType.Real(0, 10), "2e-4", "Peak learning rate"),
        Of("warmup-steps", Count(0, "steps"), "0", "Steps of linear warm-up"),
        Of("schedule", SettingType.Choice("linear", "cosine", "constant"), "cosine", "Learning rate schedule after the warm-up"),
        Of("weight-decay", SettingType.Real(0, 1), "0", "Weight decay"),
        Of("clip", SettingType.Real(0, double.PositiveInfinity), "1", "Maximum norm of the gradient; 0 = no clipping"),
        Of("max-seq-len", Count(2, "tokens"), "", "Maximum tokens per sequence") with
        {
            DefaultInWords = "the longest record",
        },
        Of("seed", SettingType.Integer(0, ulong.MaxValue), "42", "Random seed"),
        Of("eval-split", SettingType.Real(0, 0.5), "0", "Share of the records held out for evaluation"),
        Of("checkpoint-interval", Count(0, "steps"), "50", "Steps between checkpoints; 0 = at the end of each epoch"),
        Of("precision", SettingType.Choice("auto", "f32"), "auto", "Precision of matrix products; auto = BF16 where an accelerator supports it"),
        Of("device", SettingType.Device, "cpu", "Device to train on"),
        Of("gradient-checkpointing", SettingType.Flag, "false", "Recompute activations in the backward pass: less memory, about a third slower"),
    ];

    private static SettingType Count(ulong least, string unit = "") => SettingType.Integer(least, uint.MaxValue, unit);

    private static Setting Of(string name, SettingType type, string usual, string meaning) =>
        ClientSettings.Of(Section, name, type, usual, meaning, "model train");
}
