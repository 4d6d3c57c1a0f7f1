using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Settings of a training that exclude each other.</summary>
internal static class TrainingChecks
{
    private static readonly string[] Trl = ["TRL_SFT", "TRL_DPO", "TRL_KTO", "TRL_GRPO", "TRL_GKD", "TRL_GOLD"];
    private static readonly string[] Rewarding = ["TRL_GRPO", "VERL_GRPO"];
    private static readonly string[] SinglePrecision = ["float32", "f32", "float"];

    public static void Config(CheckContext context)
    {
        var config = context.Section;
        var (model, training, fsdp, deepspeed) = (config.Section("model"), config.Section("training"), config.Section("fsdp"), config.Section("deepspeed"));
        var trainer = training.Text("trainer_type")!;
        if (model.Flag("compile"))
        {
            context.Error("model.compile", "not for training", "write training.compile: true instead");
        }

        if (training.Flag("compile") && fsdp.OptionalFlag("use_orig_params") == false)
        {
            context.Error("fsdp.use_orig_params", "training.compile excludes false", "set it to true, or remove it");
        }

        if (fsdp.Flag("enable_fsdp") && deepspeed.Flag("enable_deepspeed"))
        {
            context.Error("deepspeed.enable_deepspeed", "FSDP is enabled as well, and only one of them can be", "set one of the two to false");
        }

        if (deepspeed.Flag("enable_deepspeed") && Trl.Contains(trainer) && deepspeed.Text("train_batch_size") != "auto")
        {
            context.Error("deepspeed.train_batch_size", $"the trainer {trainer} takes only auto", "write train_batch_size: auto");
        }

        if (training.Text("mixed_precision_dtype") is not "NONE" and var mixed && !SinglePrecision.Contains(model.Text("torch_dtype_str")))
        {
            context.Error(
                "training.mixed_precision_dtype",
                $"{mixed} needs a model that is loaded as float32",
                "write model.torch_dtype_str: float32, or leave mixed_precision_dtype out"
            );
        }

        if (model.Flag("enable_liger_kernel") && (trainer is "TRL_KTO" or "VERL_GRPO"))
        {
            context.Error("model.enable_liger_kernel", $"the trainer {trainer} does not take it", "set it to false");
        }

        if (trainer == "VERL_GRPO" && config.Section("data").Section("validation").Sections("datasets").Count == 0)
        {
            context.Error("data", "the trainer VERL_GRPO needs a dataset in data.validation.datasets", "add one");
        }

        Vision(context, config.Section("data"), training, trainer);
    }

    private static void Vision(CheckContext context, ConfigSection data, ConfigSection training, string trainer)
    {
        if (data.Section("train").Text("collator_name") != "vision_language_sft")
        {
            return;
        }

        foreach (var split in (string[])["train", "validation", "test"])
        {
            var datasets = data.Section(split).Sections("datasets");
            for (var index = 0; index < datasets.Count; index++)
            {
                if (datasets[index].Map("dataset_kwargs").Find("return_conversations") is ConfigScalar { Value: false } flag)
                {
                    context.Problems.Error(
                        flag.Place,
                        "conflict",
                        $"data.{split}.datasets[{index}].dataset_kwargs.return_conversations",
                        "the collator vision_language_sft needs conversations",
                        "set it to true"
                    );
                }
            }
        }

        if (trainer == "TRL_SFT" && training.Map("trainer_kwargs").Find("remove_unused_columns") is ConfigScalar { Value: true } columns)
        {
            context.Problems.Error(
                columns.Place,
                "conflict",
                "training.trainer_kwargs.remove_unused_columns",
                "the collator vision_language_sft uses the columns that no model uses",
                "set it to false"
            );
        }
    }

    public static void Params(CheckContext context)
    {
        var training = context.Section;
        var trainer = training.Text("trainer_type")!;
        if (training.Whole("max_steps") <= 0 && training.Whole("num_train_epochs") <= 0)
        {
            context.Error(
                training.IsWritten("num_train_epochs") ? "num_train_epochs" : "max_steps",
                "neither max_steps nor num_train_epochs is positive: nothing would be trained",
                "set one of them"
            );
        }

        var rewards = training.Texts("reward_functions").Where(static name => name.Length > 0).ToList();
        if (rewards.Count > 0 && !Rewarding.Contains(trainer))
        {
            context.Error("reward_functions", $"the trainer {trainer} takes none", "remove them, or set trainer_type to TRL_GRPO or VERL_GRPO");
        }

        if (rewards.Count > 1 && trainer == "VERL_GRPO")
        {
            context.Error("reward_functions", "the trainer VERL_GRPO takes one reward function", "leave one");
        }

        if (training.Map("reward_function_kwargs").Pairs.Count > 0 && !Rewarding.Contains(trainer))
        {
            context.Error("reward_function_kwargs", $"the trainer {trainer} takes none", "remove them, or set trainer_type to TRL_GRPO or VERL_GRPO");
        }

        if (trainer == "TRL_GRPO" && training.Flag("include_performance_metrics"))
        {
            context.Error("include_performance_metrics", "the trainer TRL_GRPO does not take it", "set it to false");
        }

        if (training["eval_steps"] is ConfigScalar { Value: double share } && (share <= 0 || share >= 1))
        {
            context.Error(
                "eval_steps",
                $"{PythonText.Of(share)}: a fraction has to be between 0 and 1",
                "write a whole number of steps, or a share of all steps"
            );
        }
    }

    public static void DeepSpeed(CheckContext context)
    {
        var stage = context.Section.Text("zero_stage");
        if (context.Section.OptionalSection("offload_param") is not null && stage != "ZERO_3")
        {
            context.Error("offload_param", $"parameters are only moved away in ZERO_3, not in {stage}", "write zero_stage: ZERO_3, or remove offload_param");
        }

        if (context.Section.OptionalSection("offload_optimizer") is not null && stage == "ZERO_0")
        {
            context.Error("offload_optimizer", "the optimizer is not moved away in ZERO_0", "write zero_stage: ZERO_1, ZERO_2 or ZERO_3");
        }
    }

    public static void Gold(CheckContext context)
    {
        var gold = context.Section;
        if (!gold.Flag("use_uld_loss"))
        {
            return;
        }

        foreach (var field in (string[])["uld_crossentropy_weight", "uld_distillation_weight", "uld_hybrid_matched_weight", "uld_hybrid_unmatched_weight"])
        {
            if (gold.Number(field) < 0 && (gold.Flag("uld_use_hybrid_loss") || !field.Contains("hybrid", StringComparison.Ordinal)))
            {
                context.Error(field, "it is negative", "it has to be at least 0", "range");
            }
        }

        foreach (var field in (string[])["uld_student_temperature", "uld_teacher_temperature"])
        {
            if (gold.Number(field) <= 0)
            {
                context.Error(field, "it is not positive", "it has to be more than 0", "range");
            }
        }

        if (gold.Flag("uld_use_hybrid_loss") && gold.Number("uld_hybrid_matched_weight") is null != gold.Number("uld_hybrid_unmatched_weight") is null)
        {
            context.Error("uld_hybrid_matched_weight", "uld_hybrid_matched_weight and uld_hybrid_unmatched_weight go together", "set both, or none");
        }
    }
}
