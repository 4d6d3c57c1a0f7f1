using System.CommandLine;
using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Models;

/// <summary>The options of a training; what is not given is left to the service.</summary>
internal sealed class TrainingFlags
{
    private readonly Option<string?> _type = Text("--training-type", "lora, qlora (the same on a quantized base), full (every weight, as F32), or scratch (every weight, from random numbers: the base gives shape and vocabulary); default lora", "TYPE");
    private readonly Option<uint?> _rank = Number("--rank", "Rank of the adapters; default 8");
    private readonly Option<float?> _alpha = Real("--alpha", "Strength of the adapters; default twice the rank");
    private readonly Option<float?> _dropout = Real("--dropout", "Share of its input that an adapter does not see in a step; default 0");
    private readonly Option<string[]> _modules = new("--target-module") { Description = "Layer that gets an adapter, e.g. attn_q; may be repeated; default all linear ones", HelpName = "MODULE" };
    private readonly Option<double?> _epochs = new("--epochs") { Description = "How often every record is seen; default 3", HelpName = "N" };
    private readonly Option<uint?> _steps = Number("--steps", "Steps of the optimizer, instead of epochs");
    private readonly Option<uint?> _batch = Number("--batch-size", "Sequences computed together; default 4");
    private readonly Option<uint?> _accumulation = Number("--gradient-accumulation", "Batches of one step; default 1");
    private readonly Option<float?> _rate = Real("--learning-rate", "Peak of the learning rate; default 2e-4");
    private readonly Option<uint?> _warmup = Number("--warmup-steps", "Steps in which it rises; default 0");
    private readonly Option<string?> _schedule = Text("--schedule", "linear, cosine or constant; default cosine", "NAME");
    private readonly Option<float?> _decay = Real("--weight-decay", "Default 0");
    private readonly Option<float?> _clip = Real("--clip", "Largest norm of the gradient, 0 for any; default 1");
    private readonly Option<uint?> _length = Number("--max-seq-len", "Tokens of a sequence; default what the records need");
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Same seed, same result; default 42", HelpName = "N" };
    private readonly Option<double?> _split = new("--eval-split") { Description = "Share of the records to measure with instead, 0 to 0.5; default 0", HelpName = "SHARE" };
    private readonly Option<uint?> _checkpoint = Number("--checkpoint-interval", "Steps between checkpoints; default 50");

    private readonly Option<string?> _precision = Text("--precision", "auto (products in BF16 where an accelerator has it) or f32; default auto", "NAME");
    private readonly Option<string?> _device = Text("--device", "Where it is computed, as system info names it; default cpu", "DEVICE");
    private readonly Option<bool> _recompute = new("--gradient-checkpointing") { Description = "Compute activations again instead of keeping them: less memory, about a third slower" };
    private readonly Option<bool> _merge = new("--convert") { Description = "Add the adapter to the weights: the result is a model of its own" };

    public void AddTo(Command command)
    {
        _type.AcceptOnlyFromAmong("lora", "qlora", "full", "scratch");
        _schedule.AcceptOnlyFromAmong("linear", "cosine", "constant");
        _precision.AcceptOnlyFromAmong("auto", "f32");
        Option[] all = [_type, _rank, _alpha, _dropout, _modules, _epochs, _steps, _batch, _accumulation, _rate, _warmup, _schedule, _decay, _clip, _length, _seed, _split, _checkpoint, _precision, _device, _recompute, _merge];
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
        options.GradientCheckpointing = line.GetValue(_recompute);
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

    private static Option<string?> Text(string name, string description, string value) => new(name) { Description = description, HelpName = value };

    private static Option<uint?> Number(string name, string description) => new(name) { Description = description, HelpName = "N" };

    private static Option<float?> Real(string name, string description) => new(name) { Description = description, HelpName = "X" };
}
