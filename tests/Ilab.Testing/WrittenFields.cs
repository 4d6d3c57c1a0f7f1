using System.Text.Json;

namespace Ilab.Testing;

/// <summary>The fields that the wizard writes, as Oumi has them: a file must not have any other, outside of its section <c>ilab</c>.</summary>
public static class WrittenFields
{
    private const string Table = """
        TrainingConfig train: data DataParams, model ModelParams, training TrainingParams, peft PeftParams, fsdp FSDPParams
        EvaluationConfig eval: tasks list[EvaluationTaskParams], model ModelParams, generation GenerationParams
        +EvaluationConfig: inference_engine InferenceEngineType, output_dir str
        InferenceConfig infer: model ModelParams, generation GenerationParams, input_path str | null, output_path str | null, engine InferenceEngineType | null
        ModelParams: model_name str!, model_max_length int | null, tokenizer_name str | null
        DataParams: train DatasetSplitParams
        DatasetSplitParams: datasets list[DatasetParams]
        DatasetParams: dataset_name str!, dataset_path str | null
        TrainingParams: use_peft bool, trainer_type TrainerType, output_dir str, num_train_epochs int, save_steps int, seed int
        +TrainingParams: learning_rate float, max_grad_norm float | null
        +TrainingParams: per_device_train_batch_size int, gradient_accumulation_steps int, enable_gradient_checkpointing bool
        +TrainingParams: lr_scheduler_type str, warmup_steps int | null, weight_decay float
        PeftParams: lora_r int, lora_alpha int, lora_dropout float, q_lora bool
        FSDPParams: enable_fsdp bool, sharding_strategy ShardingStrategy, forward_prefetch bool, auto_wrap_policy AutoWrapPolicy
        GenerationParams: max_new_tokens int, batch_size int | null, temperature float, top_p float | null, min_p float, seed int | null
        EvaluationTaskParams: evaluation_backend str, task_name str | null, num_samples int | null, eval_kwargs dict[str, any]
        """;

    public static OumiSchema Schema { get; } = OumiSchema.Read(Json());

    /// <summary>All schemas that are there: this one, and Oumi's own where it is beside the checkout.</summary>
    public static IEnumerable<OumiSchema> All => OumiSchema.Whole is { } whole ? [Schema, whole] : [Schema];

    private static string Json()
    {
        var classes = new Dictionary<string, Dictionary<string, object>>(StringComparer.Ordinal);
        foreach (var line in Table.Split('\n'))
        {
            var (head, fields) = line.Split(": ") is [var left, var right] ? (left.TrimStart('+').Split(' '), right) : throw new FormatException(line);
            if (!classes.TryGetValue(head[0], out var type))
            {
                classes[head[0]] = type = new Dictionary<string, object> { ["fields"] = new List<object>() };
            }

            if (head is [_, var kind])
            {
                type["kind"] = kind;
            }

            ((List<object>)type["fields"]).AddRange(fields.Replace("[str, any]", "[any]", StringComparison.Ordinal).Split(", ").Select(Field));
        }

        var enums = new Dictionary<string, object>
        {
            ["ShardingStrategy"] = Members("FULL_SHARD"),
            ["AutoWrapPolicy"] = Members("TRANSFORMER_BASED_WRAP"),
            ["TrainerType"] = Members("TRL_SFT", "TRL_DPO"),
            ["InferenceEngineType"] = Members("NATIVE", "VLLM", "LLAMACPP"),
        };
        return JsonSerializer.Serialize(new { classes, enums });
    }

    private static object Field(string text)
    {
        var at = text.IndexOf(' ', StringComparison.Ordinal);
        return new
        {
            name = text[..at],
            type = text[(at + 1)..].TrimEnd('!'),
            required = text.EndsWith('!'),
        };
    }

    private static object Members(params string[] names) => new { members = names.Select(static name => new { name }) };
}
