using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Settings of a training that are taken, and do not do what they seem to.</summary>
internal static class TrainingAdvice
{
    private const int ShortestLength = 16;

    private static readonly (string Section, string[] Trainers)[] TrainerSections =
    [
        ("grpo", ["TRL_GRPO", "VERL_GRPO"]),
        ("gkd", ["TRL_GKD"]),
        ("gold", ["TRL_GOLD"]),
        ("verl_config_overrides", ["VERL_GRPO"]),
    ];

    private static readonly string[] Sft = ["TRL_SFT", "TRL_DPO", "TRL_GKD", "TRL_GOLD"];

    public static void Config(CheckContext context)
    {
        var config = context.Section;
        var (training, peft, data) = (config.Section("training"), config.Section("peft"), config.Section("data"));
        var usesPeft = training.Flag("use_peft");
        if (peft.Flag("q_lora") && !usesPeft)
        {
            context.Warn("peft.q_lora", "without effect: training.use_peft is not true", "write training.use_peft: true, or remove q_lora");
        }
        else if (config.IsWritten("peft") && !usesPeft && peft.Class.Fields.Any(field => peft.IsWritten(field.Name)))
        {
            context.Problems.Warn(
                config.KeyPlace("peft"),
                "conflict",
                "peft",
                "without effect: training.use_peft is not true, so every weight is trained",
                "write training.use_peft: true, or remove the section"
            );
        }

        if (usesPeft && config.Section("model").Texts("freeze_layers").Count > 0)
        {
            context.Warn("model.freeze_layers", "without effect: with adapters, all layers of the model are frozen", "remove it");
        }

        if (training.Text("eval_strategy") is not (null or "no") && data.Section("validation").Sections("datasets").Count == 0)
        {
            context.Warn("training.eval_strategy", "there is no data to evaluate on", "add data.validation.datasets, or write eval_strategy: \"no\"");
        }

        if (training.Text("eval_strategy") == "no" && training.IsWritten("eval_steps"))
        {
            context.Warn("training.eval_steps", "without effect: training.eval_strategy is no", "write eval_strategy: steps, or remove eval_steps");
        }

        Length(context, config.Section("model"), training);
        if (config.OptionalSection("ilab") is { } own)
        {
            OwnType(context, own.Text("training_type"), usesPeft, peft.Flag("q_lora"));
        }

        foreach (var (section, enable) in ((string, string)[])[("fsdp", "enable_fsdp"), ("deepspeed", "enable_deepspeed")])
        {
            var part = config.Section(section);
            if (!part.Flag(enable) && part.Class.Fields.Any(field => field.Name != enable && part.IsWritten(field.Name)))
            {
                context.Problems.Warn(config.KeyPlace(section), "conflict", section, $"without effect: {enable} is not true", "set it, or remove the section");
            }
        }
    }

    public static void Params(CheckContext context)
    {
        var training = context.Section;
        var trainer = training.Text("trainer_type")!;
        if (training.Number("warmup_ratio") is not null && training.Whole("warmup_steps") is not null)
        {
            context.Warn("warmup_ratio", "without effect: warmup_steps is set as well", "leave one of the two");
        }

        if (training.Whole("max_steps") > 0 && training.IsWritten("num_train_epochs"))
        {
            context.Warn("num_train_epochs", "without effect: max_steps is set as well", "leave one of the two");
        }

        if (training.Whole("max_steps") == 0)
        {
            context.Warn("max_steps", "0 means the same as -1: epochs decide", "remove the line, or write the number of steps", "range");
        }

        if (training.Whole("warmup_steps") is { } warmup && training.Whole("max_steps") is > 0 and var steps && warmup >= steps)
        {
            context.Warn(
                "warmup_steps",
                $"the learning rate is still rising when the training ends after {steps} steps",
                "make it smaller than max_steps",
                "range"
            );
        }

        if (!training.Flag("save_final_model") && !training.Flag("save_epoch") && training.Whole("save_steps") == 0)
        {
            context.Warn("save_final_model", "nothing of the training is kept", "write save_final_model: true");
        }

        if (training.Flag("save_epoch") && training.IsWritten("save_steps") && training.Whole("save_steps") > 0)
        {
            context.Warn("save_epoch", "without effect: save_steps is set as well", "write save_steps: 0, or remove save_epoch");
        }

        if (training.Flag("try_resume_from_last_checkpoint") && training.Text("resume_from_checkpoint") is { Length: > 0 })
        {
            context.Warn("try_resume_from_last_checkpoint", "without effect: resume_from_checkpoint names one", "leave one of the two");
        }

        if (training.Whole("dataloader_num_workers") == 0 && training["dataloader_num_workers"] is ConfigScalar { Value: Int128 })
        {
            foreach (var field in (string[])["dataloader_prefetch_factor", "dataloader_persistent_workers"])
            {
                if (training[field] is ConfigScalar { Value: true or Int128 })
                {
                    context.Warn(field, "needs workers: dataloader_num_workers is 0", "set dataloader_num_workers, or remove the line");
                }
            }
        }

        if (training.Number("sgd_momentum") > 0 && training.Text("optimizer") != "sgd")
        {
            context.Warn("sgd_momentum", $"without effect: the optimizer is {training.Text("optimizer")}", "write optimizer: sgd, or remove the line");
        }

        if (training.Flag("use_deterministic") && training.Flag("enable_gradient_checkpointing"))
        {
            context.Warn("use_deterministic", "it turns gradient checkpointing off", "leave one of the two");
        }

        if (training.Number("learning_rate") > 0.01)
        {
            context.Warn(
                "learning_rate",
                $"{training.Text("learning_rate")} is far above what trains",
                "usual are 1e-5 for all weights, 2e-4 for adapters",
                "range"
            );
        }

        if (training.Number("adam_beta1") > training.Number("adam_beta2"))
        {
            context.Warn("adam_beta1", "larger than adam_beta2", "usual are 0.9 and 0.999", "range");
        }

        foreach (var (section, trainers) in TrainerSections)
        {
            if (training.IsWritten(section) && !trainers.Contains(trainer))
            {
                context.Problems.Warn(
                    training.KeyPlace(section),
                    "conflict",
                    context.Key(section),
                    $"without effect: the trainer is {trainer}",
                    $"write trainer_type: {trainers[0]}, or remove the section"
                );
            }
        }

        Schedule(context, training);
    }

    private static void Schedule(CheckContext context, ConfigSection training)
    {
        var type = training.Text("lr_scheduler_type");
        foreach (var pair in training.Map("lr_scheduler_kwargs").Pairs)
        {
            var wanted = pair.Key switch
            {
                "min_lr" or "min_lr_rate" => "cosine_with_min_lr",
                "num_cycles" => "cosine_with_restarts",
                _ => null,
            };
            if (wanted is not null && (type is "linear" or "constant"))
            {
                context.Problems.Warn(
                    pair.KeyPlace,
                    "conflict",
                    context.Key($"lr_scheduler_kwargs.{pair.Key}"),
                    $"without effect: the schedule is {type}",
                    $"write lr_scheduler_type: {wanted}"
                );
            }

            if (pair.Key is "min_lr" && pair.Value is ConfigScalar { Value: double least } && least >= training.Number("learning_rate"))
            {
                context.Problems.Warn(pair.Value.Place, "range", context.Key("lr_scheduler_kwargs.min_lr"), "not below learning_rate", "make it smaller");
            }
        }
    }

    private static void Length(CheckContext context, ConfigSection model, ConfigSection training)
    {
        if (model.Whole("model_max_length") is not { } length)
        {
            return;
        }

        if (length is > 0 and < ShortestLength)
        {
            context.Warn("model.model_max_length", $"{length} tokens are hardly a record", "usual are 512 and more", "range");
        }

        var trainer = training.Text("trainer_type")!;
        if (!Sft.Contains(trainer))
        {
            context.Note("model.model_max_length", $"Oumi's trainer {trainer} ignores it", "ilab honours it");
        }
        else if (training.Map("trainer_kwargs").Find("max_length") is ConfigScalar { Value: Int128 other } && other != length)
        {
            context.Warn("training.trainer_kwargs", $"max_length {other} is replaced by model.model_max_length {length}", "leave one of the two");
        }
    }

    private static void OwnType(CheckContext context, string? type, bool usesPeft, bool quantized)
    {
        var means = (usesPeft, quantized) switch
        {
            (false, _) => "full",
            (_, true) => "qlora",
            _ => "lora",
        };
        if (type is not (null or "auto") && type != means)
        {
            context.Warn(
                "ilab.training_type",
                $"{type}, while training.use_peft and peft.q_lora mean {means}",
                "make them agree; ilab follows ilab.training_type"
            );
        }
    }
}
