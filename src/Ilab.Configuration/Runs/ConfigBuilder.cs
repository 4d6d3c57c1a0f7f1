using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Reading;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs;

/// <summary>
/// Builds a config step by step. Nothing is checked before <see cref="Build"/>, which reports everything at once. Not for use by several threads.
/// </summary>
public sealed class ConfigBuilder(RunKind kind = RunKind.Train)
{
    private const string Conversations = "text_sft_jsonl";
    private static readonly string[] FileExtensions = [".jsonl", ".json"];

    private readonly RawMap _root = new(default, []);
    private readonly Dictionary<string, string> _comments = new(StringComparer.Ordinal);
    private readonly ProblemList _problems = new("config");
    private string _header = "";

    public RunKind Kind { get; } = kind;

    /// <summary>Starts from what a config says; its comments in the file are not kept.</summary>
    public static ConfigBuilder From(RunConfig config)
    {
        var builder = new ConfigBuilder(config.Kind);
        builder._root.SetAll((RawReader.Read(config.ToYaml(), builder._problems) as RawMap)?.Pairs ?? []);
        return builder;
    }

    /// <summary>Sets a field.</summary>
    /// <param name="path">Such as <c>training.learning_rate</c> or <c>data.train.datasets[0].sample_count</c>.</param>
    /// <param name="value">Null, a text, a truth value, a number, or a sequence of them.</param>
    /// <param name="comment">Stands above the field when the config is written.</param>
    /// <exception cref="ArgumentException">The path cannot be read, or names an item that is not there; or a value of another type.</exception>
    public ConfigBuilder Set(string path, object? value, string? comment = null)
    {
        if (Overrides.Set(_root, path, Raw(value)) is { } problem)
        {
            throw new ArgumentException(problem, nameof(path));
        }

        if (comment is { Length: > 0 })
        {
            _comments[path] = comment;
        }

        return this;
    }

    /// <summary>Removes what was set at a path, and what is below it.</summary>
    public ConfigBuilder Remove(string path)
    {
        var at = path.LastIndexOf('.');
        if ((at < 0 ? _root : Overrides.Find(_root, path[..at])) is RawMap map)
        {
            map.Remove(path[(at + 1)..]);
        }

        return this;
    }

    /// <summary>Says something above a field when the config is written.</summary>
    public ConfigBuilder Comment(string path, string comment)
    {
        _comments[path] = comment;
        return this;
    }

    /// <summary>The comment at the top of the file.</summary>
    public ConfigBuilder Header(string text)
    {
        _header = text;
        return this;
    }

    /// <summary>The model: a name in the store, a GGUF file, or a name on a hub.</summary>
    public ConfigBuilder Model(string name) => Set("model.model_name", name);

    /// <summary>Adds training data: a JSONL file of conversations, or the name of a dataset.</summary>
    public ConfigBuilder Dataset(string nameOrFile) => Dataset("train", nameOrFile);

    /// <summary>Adds data to measure the loss on while training.</summary>
    public ConfigBuilder ValidationDataset(string nameOrFile) => Dataset("validation", nameOrFile);

    /// <summary>What of the model is trained.</summary>
    public ConfigBuilder TrainingType(TrainingType type)
    {
        Set("training.use_peft", type != Runs.TrainingType.Full);
        Remove("peft.q_lora");
        if (type == Runs.TrainingType.Qlora)
        {
            Set("peft.q_lora", true);
        }

        return Set("ilab.training_type", type.ToString().ToLowerInvariant());
    }

    /// <summary>How the training is spread over devices, also in the section that Oumi reads. What the section says otherwise stays.</summary>
    public ConfigBuilder Distributed(Distribution distribution)
    {
        if (distribution == Distribution.Fsdp)
        {
            // Readers of the file take one of both.
            Remove("deepspeed").Set("fsdp.enable_fsdp", true);
            Usual("fsdp.sharding_strategy", "FULL_SHARD").Usual("fsdp.auto_wrap_policy", "TRANSFORMER_BASED_WRAP").Usual("fsdp.forward_prefetch", true);
        }
        else if (distribution != Distribution.Auto && Overrides.Find(_root, "fsdp.enable_fsdp") is not null)
        {
            Set("fsdp.enable_fsdp", false);
        }

        return Set("ilab.distributed", distribution.ToString().ToLowerInvariant());
    }

    /// <summary>Rank and scale of the adapters; twice the rank when no scale is given.</summary>
    public ConfigBuilder Lora(int rank, double? alpha = null, double? dropout = null)
    {
        var scale = alpha ?? 2 * rank;
        Set("peft.lora_r", rank).Set("peft.lora_alpha", scale == Math.Floor(scale) ? (long)scale : (object)scale);
        return dropout is { } share ? Set("peft.lora_dropout", share) : this;
    }

    /// <summary>Passes over the data.</summary>
    public ConfigBuilder Epochs(int count) => Set("training.num_train_epochs", count);

    /// <summary>Optimizer steps, instead of passes over the data.</summary>
    public ConfigBuilder Steps(int count) => Set("training.max_steps", count);

    public ConfigBuilder LearningRate(double rate) => Set("training.learning_rate", rate);

    /// <summary>Sequences in each batch, and batches in each optimizer step.</summary>
    public ConfigBuilder BatchSize(int sequences, int accumulation = 1) =>
        Set("training.per_device_train_batch_size", sequences).Set("training.gradient_accumulation_steps", accumulation);

    /// <summary>Tokens of the longest sequence.</summary>
    public ConfigBuilder MaxLength(int tokens) => Set("model.model_max_length", tokens);

    /// <summary>Where files of the run go.</summary>
    public ConfigBuilder OutputDirectory(string path) => Set(Kind == RunKind.Train ? "training.output_dir" : "output_dir", path);

    /// <summary>Name of the model that a training makes.</summary>
    public ConfigBuilder Result(string name) => Set("ilab.result", name);

    /// <summary>Adds a benchmark to an evaluation.</summary>
    public ConfigBuilder Task(string name, string backend = "lm_harness", int? samples = null)
    {
        var index = Count("tasks");
        Append("tasks").Set($"tasks[{index}].evaluation_backend", backend).Set($"tasks[{index}].task_name", name);
        return samples is { } count ? Set($"tasks[{index}].num_samples", count) : this;
    }

    /// <summary>Everything that is wrong or worth a second look, without building.</summary>
    public IReadOnlyList<ConfigProblem> Check() => Read(lint: true).Problems;

    /// <exception cref="ConfigException">It cannot be used; holds everything that is wrong with it.</exception>
    public RunConfig Build() => Read(lint: false).Require();

    internal ConfigReading Peek(string file) => Read(lint: false, file);

    private ConfigReading Read(bool lint, string file = "config")
    {
        var problems = new ProblemList(file);
        var type = RunSchema.Kind(RunKinds.NameOf(Kind))!;
        var comments = new Dictionary<string, string>(_comments, StringComparer.Ordinal);
        return ConfigReader.Bind(_root, type, problems, lint, section => new RunConfig(file, section, _header, comments));
    }

    private ConfigBuilder Dataset(string split, string nameOrFile)
    {
        var list = $"data.{split}.datasets";
        var index = Count(list);
        Append(list);
        var isFile = FileExtensions.Contains(Path.GetExtension(nameOrFile).ToLowerInvariant());
        Set($"{list}[{index}].dataset_name", isFile ? Conversations : nameOrFile);
        return isFile ? Set($"{list}[{index}].dataset_path", nameOrFile) : this;
    }

    /// <summary>Sets a field that has no value yet.</summary>
    private ConfigBuilder Usual(string path, object value) => Overrides.Find(_root, path) is null ? Set(path, value) : this;

    private int Count(string path) => Overrides.Find(_root, path) is RawList list ? list.Items.Count : 0;

    private ConfigBuilder Append(string path)
    {
        if (Overrides.Find(_root, path) is not RawList list)
        {
            list = new RawList(Built, []);
            _ = Overrides.Set(_root, path, list);
        }

        list.Items.Add(new RawMap(Built, []));
        return this;
    }

    private static ConfigPlace Built => default;

    private static RawNode Raw(object? value)
    {
        object? simple = value switch
        {
            null or bool or string or Int128 or double => value,
            int number => (Int128)number,
            long number => (Int128)number,
            uint number => (Int128)number,
            ulong number => (Int128)number,
            float number => double.Parse(
                number.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
                System.Globalization.CultureInfo.InvariantCulture
            ),
            _ => Raw(),
        };
        return simple as RawNode ?? new RawScalar(Built, simple, new WrittenScalar(PythonText.Of(simple), false, simple));

        object Raw() =>
            value switch
            {
                IEnumerable<string> texts => new RawList(Built, [.. texts.Select(ConfigBuilder.Raw)]),
                System.Collections.IEnumerable items => new RawList(Built, [.. items.Cast<object?>().Select(ConfigBuilder.Raw)]),
                _ => throw new ArgumentException($"a value of the type {value!.GetType().Name} cannot be written", nameof(value)),
            };
    }
}
