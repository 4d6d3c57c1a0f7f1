using Ilab.Configuration.Runs.Reading;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Migration;

/// <summary>
/// A config.yaml of InstructLab, of any version, to a run config: its section <c>train</c> to a training, <c>chat</c> and <c>serve</c> to inference. Comments
/// go along with their keys, and to the top of the file where nothing is made of the key.
/// </summary>
internal static class InstructLabMigration
{
    private static readonly (string Old, string New)[] Training =
    [
        ("train.model_path", "model.model_name"),
        ("train.max_seq_len", "model.model_max_length"),
        ("train.data_path", "data.train.datasets[0].dataset_path"),
        ("train.num_epochs", "training.num_train_epochs"),
        ("train.iters", "training.max_steps"),
        ("train.ckpt_output_dir", "training.output_dir"),
        ("train.checkpoint_at_epoch", "training.save_epoch"),
        ("train.additional_args.learning_rate", "training.learning_rate"),
        ("train.learning_rate", "training.learning_rate"),
        ("train.additional_args.warmup_steps", "training.warmup_steps"),
        ("train.additional_args.random_seed", "training.seed"),
        ("train.lora_rank", "peft.lora_r"),
        ("train.additional_args.lora_alpha", "peft.lora_alpha"),
        ("train.lora_alpha", "peft.lora_alpha"),
        ("train.additional_args.lora_dropout", "peft.lora_dropout"),
        ("train.lora_dropout", "peft.lora_dropout"),
        ("train.additional_args.lora_target_modules", "peft.lora_target_modules"),
        ("train.device", "ilab.device"),
    ];

    private static readonly (string Old, string New)[] Inference =
    [
        ("chat.model", "model.model_name"),
        ("serve.model_path", "model.model_name"),
        ("serve.llama_cpp.max_ctx_size", "ilab.context"),
        ("serve.max_ctx_size", "ilab.context"),
        ("serve.llama_cpp.gpu_layers", "ilab.gpu_layers"),
        ("serve.gpu_layers", "ilab.gpu_layers"),
        ("chat.max_tokens", "generation.max_new_tokens"),
        ("chat.temperature", "generation.temperature"),
    ];

    /// <returns>Null when the file has nothing of the kind.</returns>
    public static (ConfigBuilder Builder, IReadOnlyList<MigrationStep> Steps)? Run(RawMap root, string text, RunKind kind)
    {
        var builder = new ConfigBuilder(kind);
        var steps = new List<MigrationStep>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        var comments = new OldComments(text);
        foreach (var (old, now) in kind == RunKind.Train ? Training : Inference)
        {
            if (Overrides.Find(root, old) is not { } node || node is RawScalar { Value: null } or RawMap)
            {
                continue;
            }

            if (!used.Add(now))
            {
                steps.Add(new MigrationStep(node.Place.Line, old, $"left out: {now} has its value already"));
                continue;
            }

            if (Skip(old, node) is { } reason)
            {
                steps.Add(new MigrationStep(node.Place.Line, old, reason));
                continue;
            }

            if (now.StartsWith("data.", StringComparison.Ordinal))
            {
                builder.Dataset(Text(node));
            }
            else
            {
                builder.Set(now, Value(node));
            }

            Keep(comments, node, now, builder);
            steps.Add(new MigrationStep(node.Place.Line, old, $"is {now}"));
        }

        if (used.Count == 0)
        {
            return null;
        }

        if (kind == RunKind.Train)
        {
            Derived(builder, root, steps, comments);
        }

        foreach (var (path, line) in Rest(root, kind == RunKind.Train ? ["train"] : ["chat", "serve"], [.. Training, .. Inference]))
        {
            steps.Add(
                new MigrationStep(
                    line,
                    path,
                    Other(path, kind) is { } other ? $"left out: --kind {other} makes a config of it" : "left out: a run config has nothing like it"
                )
            );
        }

        const string Origin = "Made from a config.yaml of InstructLab by 'ilab config migrate'.";
        builder.Header(comments.Rest() is { Length: > 0 } rest ? $"{Origin}\n\n{rest}" : Origin);
        return (builder, [.. steps.OrderBy(static step => step.Line)]);
    }

    /// <summary>The kind that takes a section which this one leaves out.</summary>
    private static string? Other(string section, RunKind kind) =>
        (section, kind) switch
        {
            ("train", RunKind.Infer) => "train",
            ("chat" or "serve", RunKind.Train) => "infer",
            _ => null,
        };

    private static string? Skip(string old, RawNode node) =>
        (old, node) switch
        {
            ("train.lora_rank", RawScalar { Value: Int128 rank }) when rank <= 0 => "0 means that every weight is trained",
            ("serve.llama_cpp.gpu_layers" or "serve.gpu_layers", RawScalar { Value: Int128 layers }) when layers < 0 => "all layers, which is the default",
            _ => null,
        };

    /// <summary>Adapters are asked for by a rank; the batch is given as a whole.</summary>
    private static void Derived(ConfigBuilder builder, RawMap root, List<MigrationStep> steps, OldComments comments)
    {
        var rank = Overrides.Find(root, "train.lora_rank");
        var quantized = Overrides.Find(root, "train.lora_quantize_dtype");
        var usesLora = rank is RawScalar { Value: Int128 value } && value > 0;
        builder.TrainingType(
            !usesLora ? TrainingType.Full
            : quantized is RawScalar { Value: string } ? TrainingType.Qlora
            : TrainingType.Lora
        );
        builder.Set("training.trainer_type", "TRL_SFT");
        if (Overrides.Find(root, "train.effective_batch_size") is RawScalar { Value: Int128 batch } node && batch > 0)
        {
            var sequences = (int)Int128.Min(batch, batch % 4 == 0 ? 4 : 1);
            builder.BatchSize(sequences, (int)(batch / sequences));
            Keep(comments, node, "training.per_device_train_batch_size", builder);
            steps.Add(new MigrationStep(node.Place.Line, "train.effective_batch_size", $"is {sequences} sequences, {batch / sequences} times for each step"));
        }
    }

    private static object? Value(RawNode node) =>
        node switch
        {
            RawScalar scalar => scalar.Value,
            RawList list => list.Items.Select(Value).ToList(),
            _ => null,
        };

    private static string Text(RawNode node) => PythonText.Of((node as RawScalar)?.Value);

    /// <summary>A list of datasets has no place for a comment: there it goes to the section.</summary>
    private static void Keep(OldComments comments, RawNode node, string path, ConfigBuilder builder)
    {
        if (comments.Take(node.Place.Line) is { Length: > 0 } comment)
        {
            builder.Comment(path.StartsWith("data.", StringComparison.Ordinal) ? "data" : path, comment);
        }
    }

    /// <summary>What the old file says and no field takes: whole sections by their name, otherwise each value.</summary>
    /// <param name="sections">That the new file is made of.</param>
    private static IEnumerable<(string Path, int Line)> Rest(RawMap root, string[] sections, (string Old, string New)[] known)
    {
        var names = known
            .Select(static item => item.Old)
            .Append("train.effective_batch_size")
            .Append("train.lora_quantize_dtype")
            .ToHashSet(StringComparer.Ordinal);
        foreach (var pair in root.Pairs)
        {
            var name = PythonText.Of(pair.Key.Value);
            if (sections.Contains(name) && pair.Value is RawMap section)
            {
                foreach (var left in Rest(section, name, names))
                {
                    yield return left;
                }
            }
            else if (name != "version" && !IsEmpty(pair.Value))
            {
                yield return (name, pair.Key.Place.Line);
            }
        }
    }

    private static IEnumerable<(string Path, int Line)> Rest(RawMap map, string prefix, HashSet<string> names)
    {
        foreach (var pair in map.Pairs)
        {
            var path = $"{prefix}.{PythonText.Of(pair.Key.Value)}";
            if (names.Contains(path) || IsEmpty(pair.Value))
            {
                continue;
            }

            if (pair.Value is RawMap inner && names.Any(name => name.StartsWith(path + ".", StringComparison.Ordinal)))
            {
                foreach (var left in Rest(inner, path, names))
                {
                    yield return left;
                }
            }
            else
            {
                yield return (path, pair.Key.Place.Line);
            }
        }
    }

    private static bool IsEmpty(RawNode node) => node is RawScalar { Value: null } or RawMap { Pairs.Count: 0 } or RawList { Items.Count: 0 };
}
