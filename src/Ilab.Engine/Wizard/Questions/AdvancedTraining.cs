using Ilab.Engine.Errors;
using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>What --advanced asks about a training, and what is taken otherwise.</summary>
internal static class AdvancedTraining
{
    /// <summary>Of the section <c>training</c>, in the order of the file.</summary>
    public static IReadOnlyList<string> TrainingNames { get; } =
    [
        "epochs",
        "learning-rate",
        "schedule",
        "warmup-steps",
        "weight-decay",
        "batch-size",
        "gradient-accumulation",
        "gradient-checkpointing",
        "checkpoint-interval",
        "seed",
    ];

    /// <summary>Of the section <c>peft</c>.</summary>
    public static IReadOnlyList<string> AdapterNames { get; } = ["rank", "alpha", "dropout"];

    public static IReadOnlyList<Question> Questions { get; } =
    [
        Of(
            "epochs",
            "training.num_train_epochs",
            "How many passes over the data?",
            "Each pass shows every record once. More passes learn more, and by heart in the end.",
            NumberRule.Whole(1, 1000)
        ),
        Of(
            "learning-rate",
            "training.learning_rate",
            "Which learning rate?",
            "How far a step goes. Too high and the loss jumps or grows; too low and it hardly falls.",
            NumberRule.Rate(0.1)
        ),
        Of(
            "max-seq-len",
            "model.model_max_length",
            "How many tokens may a record have?",
            "Longer ones are cut. Memory of activations grows faster than the length.",
            NumberRule.Whole(2, 1 << 20)
        ),
        Of(
            "batch-size",
            "training.per_device_train_batch_size",
            "How many sequences at once?",
            "Memory grows with them, speed a little.",
            NumberRule.Whole(1, 1024)
        ),
        Of(
            "gradient-accumulation",
            "training.gradient_accumulation_steps",
            "How many batches per step?",
            "Gradients are added up over so many batches before the weights change: as good as a larger batch, without its memory.",
            NumberRule.Whole(1, 4096)
        ),
        Of(
            "schedule",
            "training.lr_scheduler_type",
            "How does the learning rate go on?",
            "cosine and linear let it fall to nothing by the end; constant keeps it.",
            null
        ) with
        {
            Input = WizardInput.Choice,
            Choices = static _ => [new("cosine", "falls slowly, then fast, then slowly"), new("linear", "falls evenly"), new("constant", "stays")],
        },
        Of(
            "warmup-steps",
            "training.warmup_steps",
            "How many steps of warm-up?",
            "The learning rate grows from nothing over these steps.",
            NumberRule.Whole(0, 1_000_000)
        ),
        Of("weight-decay", "training.weight_decay", "How much weight decay?", "Pulls weights towards zero a little at each step.", NumberRule.Real(0, 1)),
        Of(
            "rank",
            "peft.lora_r",
            "Which rank do adapters have?",
            "Their size and what they can learn grow with it; 8 to 64 are usual.",
            NumberRule.Whole(1, 1024)
        ) with
        {
            Applies = HasAdapters,
        },
        Of("alpha", "peft.lora_alpha", "How strong are adapters?", "Their output is scaled by alpha divided by the rank.", NumberRule.Whole(1, 4096)) with
        {
            Applies = HasAdapters,
            Suggest = static state =>
                int.TryParse(state["rank"], out var rank)
                    ? new Suggestion((rank * 2).ToString(System.Globalization.CultureInfo.InvariantCulture), "twice the rank is usual")
                    : null,
        },
        Of(
            "dropout",
            "peft.lora_dropout",
            "Which share of its inputs does an adapter ignore?",
            "Keeps adapters from learning a few records by heart.",
            NumberRule.Real(0, 0.9)
        ) with
        {
            Applies = HasAdapters,
        },
        Of(
            "gradient-checkpointing",
            "training.enable_gradient_checkpointing",
            "Compute activations again instead of keeping them?",
            "Saves most of the memory of activations; a step takes about a third longer.",
            null
        ) with
        {
            Input = WizardInput.Choice,
            IsSwitch = true,
            Choices = static _ => [new("true", "less memory, slower"), new("false", "more memory, faster")],
        },
        Of(
            "checkpoint-interval",
            "training.save_steps",
            "How many steps between checkpoints?",
            "A training that is interrupted goes on from the last one.",
            NumberRule.Whole(1, 1_000_000)
        ),
        Of("seed", "training.seed", "Which random seed?", "The same seed gives the same run.", NumberRule.Whole(0, int.MaxValue)),
        new(
            QuestionIds.Distributed,
            "Is the training to be spread over several GPUs or machines?",
            "ddp copies the model to each of them, fsdp divides it among them, auto leaves it to whoever runs the file. It "
                + "is written into the file; this service trains on one "
                + "device and refuses ddp and fsdp."
        )
        {
            IsAdvanced = true,
            HasOption = true,
            Input = WizardInput.Choice,
            Path = "ilab.distributed",
            Choices = static _ =>
                [
                    new("none", "one device"),
                    new("ddp", "a copy on each device"),
                    new("fsdp", "divided among devices"),
                    new("auto", "decided by whoever runs it"),
                ],
            Suggest = static state => state.Advice.Suggest(state.Case, state.TrainingType, "ilab.distributed"),
        },
        new(QuestionIds.Device, "Where is it to be trained?", "A device of this machine. GPUs train many times faster than the CPU, with less memory.")
        {
            IsAdvanced = true,
            Input = WizardInput.Choice,
            Path = "ilab.device",
            Applies = static state => state.Resources is null && state.Devices.Count > 1,
            Choices = static state => [.. state.Devices.Select(static device => new WizardChoice(device.Device, $"{ByteText.Of(device.Free)} free"))],
            Suggest = static state => state.Advice.Suggest(state.Case, state.TrainingType, "ilab.device"),
        },
        new(QuestionIds.Result, "What is the new model to be called?", "The name under which 'ilab model run' finds it.")
        {
            IsAdvanced = true,
            Path = "ilab.result",
            Suggest = static state => new Suggestion(ResultName.Of(state[QuestionIds.Model], state[QuestionIds.Dataset]), "the base and what it learned"),
            Check = static (_, answer) => ResultName.Check(answer),
        },
    ];

    private static bool HasAdapters(WizardState state) => state.TrainingType != "full";

    private static Question Of(string id, string path, string text, string help, NumberRule? rule) =>
        new(id, text, help)
        {
            IsAdvanced = true,
            Path = path,
            Rule = rule,
            Suggest = state => state.Advice.Suggest(state.Case, state.TrainingType, path),
        };
}
