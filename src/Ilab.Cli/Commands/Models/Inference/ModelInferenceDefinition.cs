using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Cli.Commands.Config.Runs;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>The command line of `model inference`: raw completion by a stored model or a file.</summary>
public sealed class ModelInferenceDefinition
{
    public const uint DefaultMaxLength = 100;

    public ModelInferenceDefinition()
    {
        Command.Options.Add(Checkpoint);
        Command.Options.Add(ModelName);
        Command.Options.Add(Prompt);
        Command.Options.Add(Interactive);
        Settings.AddTo(Command);
        Command.Options.Add(Format);
        Command.Options.Add(Stream);
        Command.Options.Add(Input);
        Command.Options.Add(Output);
        Command.Options.Add(Job);
        Command.Options.Add(Replace);
        Command.Options.Add(Detach);
        Command.Options.Add(Quiet);
        Plan.AddTo(Command, hasFormat: true);
        ConfigOption.AddTo(Command, "inference");
        Command.Validators.Add(ExactlyOneModel);
        Command.Validators.Add(BatchOrText);
    }

    public Command Command { get; } =
        new(
            "inference",
            """
            Complete a text

            The prompt is sent without a chat template, and only the completion is printed. Without --prompt it is read from standard input.

            With --input each line of a file is a request: {"prompt": "..."}, {"messages": [...]}, a string, or a line of OpenAI's batches; fields
            such as "max_tokens" and "model" may be in it. They are answered by a job of the service, which survives this command and the machine,
            and gives way to others. Each line has one line in the results, in the order of the file: the request with the answer or the error.

            Examples:
              ilab model inference --model-name stories260k --prompt "Once upon a time"
              ilab model inference --checkpoint ./out/step-400.gguf --prompt "def main" --temperature 0 --max-length 60
              ilab model inference --model-name stories260k --interactive
              cat prompt.txt | ilab model inference --model-name stories260k --format openai
              ilab model inference --model-name stories260k --input prompts.jsonl --output answers.jsonl
              ilab model inference --job 4f1c2a --output answers.jsonl
              ilab model inference --config infer.yaml generation.temperature=0 --prompt "Once upon a time"
            """
        );

    public Option<string?> Checkpoint { get; } = CommonOptions.Text("--checkpoint", "GGUF file outside of the store", "PATH");

    public Option<string?> ModelName { get; } =
        new("--model-name", "-m") { Description = "Stored model: name, digest or unique digest prefix", HelpName = "NAME" };

    public Option<string?> Prompt { get; } = new("--prompt", "-p") { Description = "Text to complete [default: standard input]", HelpName = "TEXT" };

    public Option<bool> Interactive { get; } = new("--interactive", "-i") { Description = "Read one prompt after another; from a pipe each line is a prompt" };

    /// <summary>Temperature, length and seed, with the defaults of this verb.</summary>
    public GenerationOptionSet Settings { get; } =
        new(
            ["temperature", "max_length", "seed", "device", "gpu_layers", "keep_alive", "priority"],
            new() { ["max_length"] = DefaultMaxLength.ToString(System.Globalization.CultureInfo.InvariantCulture) }
        );

    internal ChoiceOption Format { get; } =
        new("--format", "text", "openai", "json")
        {
            Description = "Print the completion as text, or as an OpenAI text_completion object; json: with --dry-run",
            Default = "text",
        };

    public Option<bool> Stream { get; } = new("--stream") { Description = "Print tokens as they are generated; with --format openai one JSON object per line" };

    public Option<string?> Input { get; } =
        new("--input") { Description = "Answer the requests of this file, one per line, as a job; - = standard input", HelpName = "FILE" };

    public Option<string?> Output { get; } =
        new("--output", "-o") { Description = "Write the results to this file [default: standard output]", HelpName = "FILE" };

    public Option<string?> Job { get; } = new("--job") { Description = "Follow a batch that was started earlier, and write its results", HelpName = "JOB" };

    public Option<bool> Replace { get; } = new("--replace") { Description = "Replace an existing output file" };

    public Option<bool> Detach { get; } = CommonOptions.Detach();

    public Option<bool> Quiet { get; } = CommonOptions.Quiet();

    internal PlanOptions Plan { get; } = new();

    public bool IsBatch(ParseResult line) => line.GetValue(Input) is not null || line.GetValue(Job) is not null;

    private void BatchOrText(CommandResult result)
    {
        bool input = result.GetResult(Input) is not null,
            job = result.GetResult(Job) is not null;
        if (input && job)
            result.AddError("--input and --job exclude each other");
        if (result.GetValue(Format) == "json" && !Plan.IsDryRun(result))
            result.AddError("--format json goes with --dry-run; completions are printed as text or openai");
        Option[] others =
            input || job ? [Prompt, Interactive, Stream, .. Plan.IsDryRun(result) ? [] : new[] { Format }, Checkpoint] : [Output, Replace, Detach, Quiet];
        foreach (var other in others.Where(other => result.GetResult(other) is { Implicit: false }))
            result.AddError(input || job ? $"{other.Name} is not allowed with --input and --job" : $"{other.Name} is only allowed with --input or --job");
        if (job && result.GetResult(Detach) is { Implicit: false })
            result.AddError("--detach is not allowed with --job");
    }

    private void ExactlyOneModel(CommandResult result)
    {
        if (result.GetResult(Input) is not null || result.GetResult(Job) is not null)
            return; // lines may name their models
        bool checkpoint = result.GetResult(Checkpoint) is not null,
            name = result.GetResult(ModelName) is not null;
        if (checkpoint && name)
            result.AddError("--checkpoint and --model-name exclude each other");
        else if (!checkpoint && !name)
            result.AddError("--model-name NAME or --checkpoint PATH is required");
    }
}
