using System.Globalization;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Wizard.Facts;

/// <summary>
/// Suggestions from the size and metadata of the model, the lengths of the records, and free memory. A type is said to fit where three quarters of what is free
/// suffice: others may want some of it before the training begins.
/// </summary>
public sealed class TrainingAdvice : ITrainingAdvice
{
    private const int ManyRecords = 50_000,
        WarmupPercent = 3;

    private const double Usable = 0.75,
        QuantizedBytes = 0.6; // per weight at four bits and a half

    public AutoTraining Choose(TrainingCase known) => AutoPlanner.Choose(known);

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

        var roomiest = known.Devices.MaxBy(static device => device.Free);
        var (free, memory) = (roomiest?.Free ?? 0, new AutoMemory(known));
        TypeAdvice[] all =
        [
            model is { TrainsWhole: true, HasExperts: false }
                ? Of("full", model.IsQuantized ? $"every weight as F32, which {model.Quantization} has rounded" : "every weight as F32")
                : new("full", 0, false, "not possible: of a mixture of experts, adapters alone can be trained"),
            model.IsQuantized
                ? Of("qlora", $"adapters on the {model.Quantization} weights")
                : Of("lora", $"adapters on the {(model.Quantization.Length > 0 ? model.Quantization : "stored")} weights"),
            model.IsQuantized
                ? Of("lora", $"the same as qlora here: the weights are {model.Quantization}") with
                {
                    Fits = null,
                }
                : new(
                    "qlora",
                    0,
                    null,
                    $"needs a quantized base: 'ilab model quantize {WizardNames.Short(model.Name)} --type Q4_K_M' makes one of about "
                        + ByteText.Of((long)(model.Parameters * QuantizedBytes))
                ),
        ];
        var taken = AutoPlanner.Choose(known with { Given = known.Given with { Type = null } }).Type.Value;
        return [.. all.OrderByDescending(advice => advice.Type == taken)];

        TypeAdvice Of(string type, string what)
        {
            var bytes = memory.Least(model, type, roomiest);
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
        var chosen = new Lazy<AutoTraining>(() => AutoPlanner.Choose(known with { Given = known.Given with { Type = type } }));
        return path switch
        {
            "training.num_train_epochs" => known.Records >= ManyRecords
                ? new(Text(Epochs(known)), $"{known.Records} records: one pass is enough to begin with")
                : new(Text(Epochs(known)), "usual for sets of this size"),
            "training.learning_rate" => chosen.Value.LearningRate,
            "training.per_device_train_batch_size" => chosen.Value.BatchSize,
            "training.gradient_accumulation_steps" => chosen.Value.Accumulation,
            "training.lr_scheduler_type" => new("cosine", "what most published recipes use"),
            "training.warmup_steps" => Warmup(known, chosen.Value),
            "training.weight_decay" => new("0.01", "what most published recipes use"),
            "training.enable_gradient_checkpointing" => chosen.Value.Checkpointing,
            "training.save_steps" => new("50", "at most 50 steps are lost when the machine goes down"),
            "training.seed" => new("42", "the same seed gives the same run"),
            "model.model_max_length" => chosen.Value.MaxLength,
            "peft.lora_r" => new(Text(TrainingGiven.UsualRank), "enough for style and facts; more for whole skills"),
            "peft.lora_alpha" => new(Text(TrainingGiven.UsualRank * 2), "twice the rank is usual"),
            "peft.lora_dropout" => known.Records is > 0 and < 1000
                ? new("0.05", $"{known.Records} records are few: a little dropout keeps the adapters from learning them by heart")
                : new("0.0", "not needed with this many records"),
            "ilab.device" => chosen.Value.Device,
            "ilab.distributed" => chosen.Value.Distributed,
            _ => null,
        };
    }

    private static Suggestion Warmup(TrainingCase known, AutoTraining chosen)
    {
        if (known.Records <= 0)
        {
            return new("10", "the first steps are small while the optimizer finds its scale");
        }

        var steps = Math.Max(1, StepsPerEpoch(known, chosen)) * Epochs(known);
        return new(
            Text((int)Math.Max(1, steps * WarmupPercent / 100)),
            $"{WarmupPercent} % of the about {steps} steps are small while the optimizer finds its scale"
        );
    }

    private static long StepsPerEpoch(TrainingCase known, AutoTraining chosen)
    {
        var sequences =
            (double)int.Parse(chosen.BatchSize.Value, CultureInfo.InvariantCulture) * int.Parse(chosen.Accumulation.Value, CultureInfo.InvariantCulture);
        var share = known.Lengths is { } lengths ? Math.Min(1, lengths.Mean / int.Parse(chosen.MaxLength.Value, CultureInfo.InvariantCulture)) : 1;
        return (long)Math.Ceiling(known.Records * share / sequences);
    }

    private static int Epochs(TrainingCase known) => known.Records >= ManyRecords ? 1 : 3;

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
