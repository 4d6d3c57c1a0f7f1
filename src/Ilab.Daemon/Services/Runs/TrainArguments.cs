using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Records;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Daemon.Services.Runs;

/// <summary>A training config as the command line of `model train`.</summary>
internal static class TrainArguments
{
    private static readonly string[] Supervised = ["TRL_SFT", "HF", "OUMI"];
    private static readonly string[] Schedules = ["linear", "cosine", "constant"];

    private static readonly Dictionary<string, string> Modules = new(StringComparer.Ordinal)
    {
        ["q_proj"] = "attn_q",
        ["k_proj"] = "attn_k",
        ["v_proj"] = "attn_v",
        ["o_proj"] = "attn_output",
        ["gate_proj"] = "ffn_gate",
        ["up_proj"] = "ffn_up",
        ["down_proj"] = "ffn_down",
        ["embed_tokens"] = "token_embd",
        ["lm_head"] = "output",
    };

    /// <summary>The type that is chosen when the training is submitted.</summary>
    public const string Auto = "auto";

    public static RunArguments Of(RunConfig config)
    {
        var train = config.Train;
        var arguments = new RunArguments(config) { Model = train.Model.ModelName };
        Data(train, arguments);
        arguments.Add("--name", train.Ilab?.Result ?? train.Training.RunName);
        var type = Type(train);
        arguments.Add("--training-type", type);
        if (IsOpen(train) && type != Auto)
        {
            arguments.Add("--auto", true);
        }

        if (type is "lora" or "qlora" or Auto)
        {
            Adapters(train, arguments, IsOpen(train));
        }

        Schedule(train, arguments, IsOpen(train));
        Model(train, arguments);
        Refuse(train, arguments);
        return arguments;
    }

    /// <summary>Whether fields that the file leaves out are chosen here; otherwise they have the defaults of the format.</summary>
    private static bool IsOpen(TrainingConfig train) => train.Ilab?.TrainingType == Auto;

    /// <summary>Whether the file says <c>auto</c>, and no switch says which type: it is then chosen when the training is submitted.</summary>
    private static bool IsTypeOpen(TrainingConfig train) =>
        IsOpen(train) && train.Model.LoadPretrainedWeights && !train.Training.IsWritten("use_peft") && !train.Peft.QLora;

    private static string Type(TrainingConfig train)
    {
        if (!train.Model.LoadPretrainedWeights)
        {
            return "scratch";
        }

        if (IsTypeOpen(train))
        {
            return Auto;
        }

        var isAdapter = train.Training.UsePeft || (IsOpen(train) && !train.Training.IsWritten("use_peft"));
        var written = (isAdapter, train.Peft.QLora) switch
        {
            (false, _) => "full",
            (_, true) => "qlora",
            _ => "lora",
        };
        return train.Ilab?.TrainingType is { } own and not Auto ? own : written;
    }

    private static void Data(TrainingConfig train, RunArguments arguments)
    {
        var datasets = train.Data.Train.Datasets;
        if (datasets.Count > 1)
        {
            arguments.Refuse("data.train.datasets", $"{datasets.Count} datasets; mix them into one with 'ilab data mix', or name it with --data");
        }
        else if (datasets is [var dataset])
        {
            arguments.Add("--data", dataset.DatasetPath ?? dataset.DatasetName);
            foreach (var field in (string[])["subset", "sample_count", "shuffle", "mixture_proportion"])
            {
                if (dataset.IsWritten(field) && dataset.Section[field] is ConfigScalar { Value: not (null or false) })
                {
                    arguments.Warn("data.train.datasets", $"{field} is not done here; prepare the dataset with 'ilab data mix' instead");
                }
            }
        }

        if (train.Data.Validation.Datasets.Count > 0)
        {
            arguments.Warn("data.validation", "validation data is not read; --eval-split holds back a share of the training data");
        }

        if (train.Data.Train.Pack)
        {
            arguments.Warn("data.train", "pack is not done here: every record is a sequence of its own");
        }
    }

    private static void Adapters(TrainingConfig train, RunArguments arguments, bool open)
    {
        var peft = train.Peft;
        Field(arguments, peft, open, "--rank", "peft", "lora_r");
        Field(arguments, peft, open, "--alpha", "peft", "lora_alpha");
        Field(arguments, peft, open, "--dropout", "peft", "lora_dropout");
        foreach (var module in peft.LoraTargetModules.Where(static name => name is not "all-linear"))
        {
            arguments.Add("--target-module", Modules.GetValueOrDefault(module, module));
        }

        if (peft.PeftSaveMode == "MERGED")
        {
            arguments.Add("--convert", true);
        }

        if (peft.LoraBias != "none")
        {
            arguments.Refuse("peft.lora_bias", $"{peft.LoraBias}: biases are not trained here; write none");
        }

        if (peft.LoraModulesToSave.Count > 0)
        {
            arguments.Refuse("peft.lora_modules_to_save", "whole copies of layers inside an adapter are not made here; remove it");
        }

        if (peft.LoraInitWeights is not ("DEFAULT" or "RANDOM"))
        {
            arguments.Refuse("peft.lora_init_weights", $"{peft.LoraInitWeights} is not done here; write DEFAULT");
        }

        if (peft.LoraTaskType != "CAUSAL_LM")
        {
            arguments.Refuse("peft.lora_task_type", $"{peft.LoraTaskType} is not trained here; write CAUSAL_LM");
        }
    }

    private static void Schedule(TrainingConfig train, RunArguments arguments, bool open)
    {
        var training = train.Training;
        if (training.MaxSteps > 0)
        {
            arguments.Add("--steps", training.MaxSteps);
        }
        else
        {
            Field(arguments, training, open, "--epochs", "training", "num_train_epochs");
        }

        Field(arguments, training, open, "--batch-size", "training", "per_device_train_batch_size");
        Field(arguments, training, open, "--gradient-accumulation", "training", "gradient_accumulation_steps");
        Field(arguments, training, open, "--learning-rate", "training", "learning_rate");
        Field(arguments, training, open, "--weight-decay", "training", "weight_decay");
        Field(arguments, training, open, "--seed", "training", "seed");
        if (training.IsWritten("max_grad_norm") || !open)
        {
            arguments.Add("--clip", training.MaxGradNorm ?? 0);
        }

        if (training.SaveSteps > 0 && (training.IsWritten("save_steps") || !open))
        {
            arguments.Add("--checkpoint-interval", training.SaveSteps);
        }

        Warmup(training, arguments);
        if (training.IsWritten("lr_scheduler_type") || !open)
        {
            var type = training.LrSchedulerType;
            var known = Schedules.FirstOrDefault(name => type.StartsWith(name, StringComparison.Ordinal));
            arguments.Add("--schedule", known ?? "linear");
            if (known != type)
            {
                arguments.Warn("training.lr_scheduler_type", $"{type} is done as {known ?? "linear"}");
            }
        }

        if (!training.Optimizer.StartsWith("adamw", StringComparison.Ordinal) || training.Optimizer.Contains("8bit", StringComparison.Ordinal))
        {
            arguments.Warn("training.optimizer", $"{training.Optimizer} is done as AdamW with its state in 32 bits");
        }
    }

    private static void Warmup(TrainingParams training, RunArguments arguments)
    {
        if (training.WarmupSteps is { } steps)
        {
            arguments.Add("--warmup-steps", steps);
        }
        else if (training.WarmupRatio is > 0 and var ratio)
        {
            if (training.MaxSteps > 0)
            {
                arguments.Add("--warmup-steps", (long)Math.Round(ratio * training.MaxSteps));
            }
            else
            {
                arguments.Warn("training.warmup_ratio", "without max_steps the number of steps is not known here; write warmup_steps");
            }
        }
    }

    private static void Model(TrainingConfig train, RunArguments arguments)
    {
        arguments.Add("--max-seq-len", train.Model.ModelMaxLength);
        arguments.Add("--device", train.Ilab?.Device);
        if (train.Ilab?.Resources is { } planned)
        {
            arguments.Warn("ilab.resources", $"planned for {planned}: this service trains on one device of its own machine");
        }

        arguments.Add("--threads", train.Ilab?.Threads);
        if (train.Training.EnableGradientCheckpointing || (IsOpen(train) && train.Training.IsWritten("enable_gradient_checkpointing")))
        {
            arguments.Add("--gradient-checkpointing", train.Training.EnableGradientCheckpointing);
        }

        if (train.Model.IsWritten("torch_dtype_str") && train.Model.TorchDtypeStr is "float32" or "f32" or "float")
        {
            arguments.Add("--precision", "f32");
        }
    }

    private static void Refuse(TrainingConfig train, RunArguments arguments)
    {
        if (!Supervised.Contains(train.Training.TrainerType))
        {
            arguments.Refuse("training.trainer_type", $"{train.Training.TrainerType} is not done here; {string.Join(", ", Supervised)} are");
        }

        if (train.Data.Train.CollatorName?.StartsWith("vision", StringComparison.Ordinal) == true)
        {
            arguments.Refuse("data.train.collator_name", $"{train.Data.Train.CollatorName}: images are not trained on here");
        }

        if (train.Model.AdapterModel is not null)
        {
            arguments.Refuse("model.adapter_model", "a training does not start from an adapter file here; --from-checkpoint JOB goes on with a training");
        }

        if (train.Training.ResumeFromCheckpoint is { Length: > 0 })
        {
            arguments.Refuse("training.resume_from_checkpoint", "a directory of checkpoints is not read here; --from-checkpoint JOB goes on with a training");
        }

        if (train.Model.FreezeLayers.Count > 0 && !train.Training.UsePeft)
        {
            arguments.Warn("model.freeze_layers", "all layers are trained here");
        }

        if (train.Ilab?.Distributed is not (null or "none" or "auto"))
        {
            arguments.Refuse("ilab.distributed", $"{train.Ilab.Distributed}: trainings run on one machine; write none");
        }
    }

    private static void Field(RunArguments arguments, ConfigRecord record, bool open, string option, string section, string field)
    {
        if (!open || record.IsWritten(field))
        {
            arguments.AddField(option, $"{section}.{field}");
        }
    }
}
