using System.Globalization;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Wizard.Facts;

/// <summary>
/// Suggestions by rule of thumb, from the size and metadata of the model and the number of records. Memory is a lower bound: activations, which depend on
/// length and batch, come on top, so a type is said to fit only where three quarters of what is free suffice.
/// </summary>
public sealed class TrainingAdvice : ITrainingAdvice
{
    private const int BytesOfATrainedParameter = 16, // weight, gradient and two moments in F32
        LinearLayers = 7,
        WidthsOfALayer = 4,
        Rank = 16,
        SequencesPerStep = 16,
        FewestStepsPerEpoch = 10,
        UsualLength = 2048,
        ManyRecords = 50_000,
        WarmupPercent = 3;

    private const double BytesPerWeightAtFourBits = 0.6,
        Usable = 0.75;

    private const long Billion = 1_000_000_000;

    public IReadOnlyList<TypeAdvice> Types(TrainingCase known)
    {
        if (known.Model is not { Parameters: > 0 } model)
        {
            return
            [
                new("lora", 0, null, "small adapters on weights that stay as they are; a good start"),
                new("qlora", 0, null, "adapters on a quantized model: the least memory"),
                new("full", 0, null, "every weight: the most memory, and the most that can be learned"),
            ];
        }

        var adapters = (long)Rank * Math.Max(model.Layers, 1) * LinearLayers * WidthsOfALayer * Math.Max(model.Embedding, 1) * BytesOfATrainedParameter;
        var four = (long)(model.Parameters * BytesPerWeightAtFourBits);
        TypeAdvice[] all =
        [
            Of("full", (long)model.Parameters * BytesOfATrainedParameter, "every weight as F32"),
            model.IsQuantized
                ? Of("qlora", model.Size + adapters, $"adapters on the {model.Quantization} weights")
                : Of("lora", model.Size + adapters, $"adapters on the {Named(model.Quantization)} weights"),
            model.IsQuantized
                ? new("lora", model.Size + adapters, null, $"the same as qlora here: the weights are {model.Quantization}")
                : Of("qlora", four + adapters, "adapters on a copy quantized to four bits"),
        ];

        // Full training of a small model is cheap and learns most; otherwise the first kind of adapter that fits.
        var taken =
            all[0].Fits == true && model.Parameters < Billion / 2 ? all[0] : all.Skip(1).FirstOrDefault(static advice => advice.Fits == true) ?? all[^1];
        return [taken, .. all.Where(advice => advice != taken)];

        TypeAdvice Of(string type, long bytes, string what)
        {
            var free = known.Devices.Count == 0 ? 0 : known.Devices.Max(static device => device.Free);
            var fits = free > 0 ? bytes <= free * Usable : (bool?)null;
            var verdict = fits switch
            {
                null => "",
                true => $"; fits into the {ByteText.Of(free)} that are free",
                false => $"; too much for the {ByteText.Of(free)} that are free",
            };
            return new TypeAdvice(type, bytes, fits, $"{what}: at least {ByteText.Of(bytes)}{verdict}");
        }
    }

    public Suggestion? Suggest(TrainingCase known, string type, string path)
    {
        var family = FamilyTemplates.Of(known.Model?.Architecture ?? "");
        var (batch, accumulation) = Batch(known);
        return path switch
        {
            "training.num_train_epochs" => known.Data is { Samples: >= ManyRecords } large
                ? new(Text(Epochs(known)), $"{large.Samples} records: one pass is enough to begin with")
                : new(Text(Epochs(known)), "usual for sets of this size"),
            "training.learning_rate" when type == "full" => new(Number(family.FullRate), family.Why("training every weight")),
            "training.learning_rate" => new(Number(family.AdapterRate), family.Why("adapters")),
            "training.per_device_train_batch_size" => new(Text(batch), "sequences that are computed at once: memory grows with them"),
            "training.gradient_accumulation_steps" => new(Text(accumulation), $"a step of the optimizer sees {Text(batch * accumulation)} of the records"),
            "training.lr_scheduler_type" => new("cosine", "what most published recipes use"),
            "training.warmup_steps" => Warmup(known, batch * accumulation),
            "training.weight_decay" => new("0.01", "what most published recipes use"),
            "training.enable_gradient_checkpointing" => known.Model is { Parameters: >= Billion } or null
                ? new(
                    "true",
                    known.Model is null
                        ? "the size of the model is not known: less memory for a third more time"
                        : "less memory for a third more time: activations outweigh everything at this size"
                )
                : new("false", "the model is small: activations fit, and training is a third faster without it"),
            "training.save_steps" => new("50", "at most 50 steps are lost when the machine goes down"),
            "training.seed" => new("42", "the same seed gives the same run"),
            "model.model_max_length" => known.Model is { ContextLength: > 0 and < UsualLength } shorter
                ? new(Text(shorter.ContextLength), "the model was trained for no more")
                : new(Text(UsualLength), "longer records are cut; memory grows faster than the length"),
            "peft.lora_r" => new(Text(Rank), "enough for style and facts; more for whole skills"),
            "peft.lora_alpha" => new(Text(Rank * 2), "twice the rank is usual"),
            "peft.lora_dropout" => known.Data is { Samples: < 1000 }
                ? new("0.05", "few records: a little dropout keeps the adapters from learning them by heart")
                : new("0.0", "not needed with this many records"),
            _ => null,
        };
    }

    /// <summary>Two sequences at once, and so many of them that a pass has at least ten steps.</summary>
    private static (int Batch, int Accumulation) Batch(TrainingCase known)
    {
        var most = known.Data is { Samples: > 0 } data ? Math.Clamp(data.Samples / FewestStepsPerEpoch, 1, SequencesPerStep) : SequencesPerStep;
        var batch = most >= 2 ? 2 : 1;
        return (batch, (int)Math.Max(1, most / batch));
    }

    private static Suggestion Warmup(TrainingCase known, int sequences)
    {
        if (known.Data is not { Samples: > 0 } data)
        {
            return new("10", "the first steps are small while the optimizer finds its scale");
        }

        var steps = (data.Samples + sequences - 1) / sequences * Epochs(known);
        return new(
            Text((int)Math.Max(1, steps * WarmupPercent / 100)),
            $"{WarmupPercent} % of the about {steps} steps are small while the optimizer finds its scale"
        );
    }

    private static int Epochs(TrainingCase known) => known.Data is { Samples: >= ManyRecords } ? 1 : 3;

    private static string Named(string quantization) => quantization.Length > 0 ? quantization : "stored";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.##########", CultureInfo.InvariantCulture);
}
