using System.CommandLine;
using System.CommandLine.Parsing;
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
        Command.Validators.Add(ExactlyOneModel);
    }

    public Command Command { get; } =
        new(
            "inference",
            """
            Complete a text

            The prompt is sent without a chat template, and only the completion is printed. Without --prompt it is read from standard input.

            Examples:
              ilab model inference --model-name stories260k --prompt "Once upon a time"
              ilab model inference --checkpoint ./out/step-400.gguf --prompt "def main" --temperature 0 --max-length 60
              ilab model inference --model-name stories260k --interactive
              cat prompt.txt | ilab model inference --model-name stories260k --format openai
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
            ["temperature", "max_length", "seed", "device", "gpu_layers"],
            new() { ["max_length"] = DefaultMaxLength.ToString(System.Globalization.CultureInfo.InvariantCulture) }
        );

    internal ChoiceOption Format { get; } =
        new("--format", "text", "openai") { Description = "Print the completion as text, or as an OpenAI text_completion object", Default = "text" };

    public Option<bool> Stream { get; } = new("--stream") { Description = "Print tokens as they are generated; with --format openai one JSON object per line" };

    private void ExactlyOneModel(CommandResult result)
    {
        bool checkpoint = result.GetResult(Checkpoint) is not null,
            name = result.GetResult(ModelName) is not null;
        if (checkpoint && name)
            result.AddError("--checkpoint and --model-name exclude each other");
        else if (!checkpoint && !name)
            result.AddError("--model-name NAME or --checkpoint PATH is required");
    }
}
