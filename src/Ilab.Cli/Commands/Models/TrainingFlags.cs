using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models;

/// <summary>Training options. The service supplies the defaults of those that are not given.</summary>
internal sealed class TrainingFlags
{
    private readonly ChoiceOption _type = new("--training-type", "lora", "qlora", "full", "scratch", "auto")
    {
        Description =
            "Low-rank adapters, the same on a quantized base, every weight as F32, every weight from random values with the shape and "
            + "vocabulary of the base, or what suits model, data and free memory, as --auto [default: lora]",
    };

    private readonly Option<uint?> _rank = Number("--rank", "Rank of the adapters [default: 8]");
    private readonly Option<float?> _alpha = Real("--alpha", "Scale of the adapters [default: twice the rank]");
    private readonly Option<float?> _dropout = Real("--dropout", "Dropout probability of the adapters [default: 0]");
    private readonly Option<string[]> _modules = new("--target-module")
    {
        Description = "Layer to adapt, such as attn_q; may be repeated [default: all linear layers]",
        HelpName = "MODULE",
    };
    private readonly Option<double?> _epochs = new("--epochs") { Description = "Passes over the data [default: 3]", HelpName = "N" };
    private readonly Option<uint?> _steps = Number("--steps", "Optimizer steps, instead of --epochs");
    private readonly Option<uint?> _batch = Number("--batch-size", "Sequences per batch [default: 4]");
    private readonly Option<uint?> _accumulation = Number("--gradient-accumulation", "Batches per optimizer step [default: 1]");
    private readonly Option<float?> _rate = Real("--learning-rate", "Peak learning rate [default: 2e-4]");
    private readonly Option<uint?> _warmup = Number("--warmup-steps", "Steps of linear warm-up [default: 0]");
    private readonly ChoiceOption _schedule = new("--schedule", "linear", "cosine", "constant")
    {
        Description = "Learning rate schedule after the warm-up [default: cosine]",
    };
    private readonly Option<float?> _decay = Real("--weight-decay", "Weight decay [default: 0]");
    private readonly Option<float?> _clip = Real("--clip", "Maximum norm of the gradient; 0 = no clipping [default: 1]");
    private readonly Option<uint?> _length = Number("--max-seq-len", "Maximum tokens per sequence [default: the longest record]");
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Random seed [default: 42]", HelpName = "N" };
    private readonly Option<double?> _split = new("--eval-split")
    {
        Description = "Share of the records held out for evaluation, 0 to 0.5 [default: 0]",
        HelpName = "SHARE",
    };
    private readonly Option<uint?> _checkpoint = Number("--checkpoint-interval", "Steps between checkpoints [default: 50]");
    private readonly ChoiceOption _precision = new("--precision", "auto", "f32")
    {
        Description = "auto: matrix products in BF16 where an accelerator supports it [default: auto]",
    };
    private readonly Option<string?> _device = CommonOptions.Text("--device", "Device to train on, as 'ilab system info' names it [default: cpu]", "DEVICE");
    private readonly Option<bool> _recompute = new("--gradient-checkpointing")
    {
        Description = "Recompute activations in the backward pass: less memory, about a third slower",
    };
    private readonly Option<bool> _auto = new("--auto") { Description = "Choose what is not given by model, data and free memory; the log says why" };
    private readonly Option<uint?> _threads = Number("--threads", "Threads at most [default: those of the service]");
    private readonly Option<bool> _merge = new("--convert") { Description = "Merge the adapter into the weights: the result is a stand-alone model" };

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _type,
            _rank,
            _alpha,
            _dropout,
            _modules,
            _epochs,
            _steps,
            _batch,
            _accumulation,
            _rate,
            _warmup,
            _schedule,
            _decay,
            _clip,
            _length,
            _seed,
            _split,
            _checkpoint,
            _precision,
            _device,
            _recompute,
            _merge,
            _auto,
            _threads,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }
    }

    public TrainingOptions Read(ParseResult line)
    {
        var options = new TrainingOptions();
        Set(_type, value => options.Type = value);
        Set(_schedule, value => options.Schedule = value);
        Set(_precision, value => options.Precision = value);
        Set(_device, value => options.Device = value);
        SetNumber(_rank, value => options.Rank = value);
        SetNumber(_alpha, value => options.Alpha = value);
        SetNumber(_dropout, value => options.Dropout = value);
        SetNumber(_epochs, value => options.Epochs = value);
        SetNumber(_steps, value => options.Steps = value);
        SetNumber(_batch, value => options.BatchSize = value);
        SetNumber(_accumulation, value => options.Accumulation = value);
        SetNumber(_rate, value => options.LearningRate = value);
        SetNumber(_warmup, value => options.WarmupSteps = value);
        SetNumber(_decay, value => options.WeightDecay = value);
        SetNumber(_clip, value => options.Clip = value);
        SetNumber(_length, value => options.MaxLength = value);
        SetNumber(_seed, value => options.Seed = value);
        SetNumber(_split, value => options.EvaluationSplit = value);
        SetNumber(_checkpoint, value => options.CheckpointInterval = value);
        SetNumber(_threads, value => options.Threads = value);
        if (line.GetResult(_recompute) is { Implicit: false })
        {
            options.GradientCheckpointing = line.GetValue(_recompute);
        }

        options.Auto = line.GetValue(_auto);
        options.Merge = line.GetValue(_merge);
        options.TargetModules.AddRange(line.GetValue(_modules) ?? []);
        return options;

        void Set(Option<string?> option, Action<string> assign)
        {
            if (line.GetValue(option) is { } value)
            {
                assign(value);
            }
        }

        void SetNumber<T>(Option<T?> option, Action<T> assign)
            where T : struct
        {
            if (line.GetValue(option) is { } value)
            {
                assign(value);
            }
        }
    }

    private static Option<uint?> Number(string name, string description) => new(name) { Description = description, HelpName = "N" };

    private static Option<float?> Real(string name, string description) => new(name) { Description = description, HelpName = "X" };
}
