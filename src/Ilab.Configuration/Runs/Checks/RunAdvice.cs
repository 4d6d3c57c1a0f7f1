using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Settings of inference and evaluation that are taken, and do not do what they seem to.</summary>
internal static class RunAdvice
{
    private static readonly string[] LocalEngines = ["NATIVE", "VLLM", "LLAMACPP", "SGLANG"];

    public static void Inference(CheckContext context)
    {
        Answers(context);
        Remote(context, "engine", "remote_params");
        Sampling(context, "engine");
        var config = context.Section;
        if (config.Text("output_path") is { Length: > 0 } output && output == config.Text("input_path"))
        {
            context.Warn("output_path", "the same as input_path: the questions would be overwritten", "name another file");
        }

        if (config.Text("output_path") is { Length: > 0 } answers && config.Text("input_path") is null && context.Top == config)
        {
            context.Note("output_path", $"{answers} is only written when there is an input_path", "add input_path");
        }

        if (
            config.Text("input_path") is { Length: > 0 } input
            && config.IsWritten("input_path")
            && config.Text("output_path") is { Length: > 0 }
            && context.Top == config
        )
        {
            context.Note("input_path", $"answers {input} as a batch", "without it, prompts come from the command line");
        }
    }

    public static void Evaluation(CheckContext context)
    {
        Answers(context);
        Remote(context, "inference_engine", "inference_remote_params");
        if (context.Section.Sections("tasks").Count == 0)
        {
            context.Warn("tasks", "nothing is evaluated", "add a task", "missing");
        }
    }

    public static void Task(CheckContext context)
    {
        var task = context.Section;
        if (string.IsNullOrWhiteSpace(task.Text("evaluation_backend")))
        {
            context.Warn("evaluation_backend", "the task cannot run without it", "write lm_harness or custom", "missing");
        }

        if (string.IsNullOrWhiteSpace(task.Text("task_name")))
        {
            context.Warn("task_name", "the task cannot run without it", "name the benchmark", "missing");
        }

        if (task.Map("eval_kwargs").Find("num_fewshot") is ConfigScalar { Value: Int128 shots } node && shots < 0)
        {
            context.Problems.Warn(node.Place, "range", context.Key("eval_kwargs.num_fewshot"), $"{shots} is out of range", "it has to be at least 0");
        }
    }

    public static void Model(CheckContext context)
    {
        if (context.Section.Text("model_name") is not { } name)
        {
            return;
        }

        if (name != name.Trim() || name.Contains(' ', StringComparison.Ordinal))
        {
            context.Warn("model_name", $"\"{name}\" contains blanks", "remove them, unless it is a path", "spelling");
        }
        else if (name.Split("://") is [_, var rest])
        {
            context.Warn("model_name", "an address, where the name of a model belongs", $"write {string.Join('/', rest.Split('/').Skip(1))}", "spelling");
        }
        else if (name.AsSpan().IndexOfAny('<', '>', '\\') >= 0)
        {
            context.Warn("model_name", $"\"{name}\" is not the name of a model", "names are like org/model; paths are divided by /", "spelling");
        }
    }

    /// <summary>Answers that do not fit where they and their questions have to.</summary>
    private static void Answers(CheckContext context)
    {
        var config = context.Section;
        if (
            config.Section("model").Whole("model_max_length") is { } length
            && config.Section("generation").Whole("max_new_tokens") is { } tokens
            && config.Section("generation").IsWritten("max_new_tokens")
            && tokens > length
        )
        {
            context.Warn("generation.max_new_tokens", $"more than model.model_max_length, {length}: no answer becomes so long", "make it smaller");
        }
    }

    private static void Remote(CheckContext context, string engineField, string paramsField)
    {
        var engine = context.Section.Text(engineField) ?? "NATIVE";
        if (LocalEngines.Contains(engine) && context.Section.OptionalSection(paramsField) is { } remote && remote.Text("api_url") is { Length: > 0 })
        {
            context.Warn($"{paramsField}.api_url", $"without effect: {engineField} is {engine}, which runs here", $"write {engineField}: REMOTE, or remove it");
        }
    }

    private static void Sampling(CheckContext context, string engineField)
    {
        var generation = context.Section.Section("generation");
        if (generation.IsWritten("use_sampling") && !generation.Flag("use_sampling") && generation.Number("temperature") > 0)
        {
            context.Note(
                "generation.use_sampling",
                $"false makes Oumi's engine NATIVE greedy whatever the temperature; {engineField} decides",
                "remove one of the two"
            );
        }

        if (generation.Flag("use_sampling") && generation.IsWritten("temperature") && generation.Number("temperature") == 0)
        {
            context.Warn("generation.use_sampling", "with temperature 0 there is nothing to sample", "set a temperature, or remove the line");
        }
    }
}
