using System.CommandLine;
using System.CommandLine.Parsing;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>The command line of `model inference`: raw completion, by a stored model or a file.</summary>
public sealed class ModelInferenceDefinition
{
    public const double DefaultTemperature = 1.0;
    public const uint DefaultMaxLength = 100;

    public ModelInferenceDefinition()
    {
        Command.Options.Add(Checkpoint);
        Command.Options.Add(ModelName);
        Command.Options.Add(Prompt);
        Command.Options.Add(Interactive);
        Settings.AddTo(Command);
        Format.AcceptOnlyFromAmong("text", "openai");
        Command.Options.Add(Format);
        Command.Options.Add(Stream);
        Command.Validators.Add(ExactlyOneModel);
    }

    public Command Command { get; } = new("inference", """
        Continue a text with a model

        The prompt goes to the model as it stands, without a chat template, and only the continuation is printed.
        Without --prompt it is read from standard input.

        Examples:
          ilab model inference --model-name stories260k --prompt "Once upon a time"
          ilab model inference --checkpoint ./out/step-400.gguf --prompt "def main" --temperature 0 --max-length 60
          ilab model inference --model-name stories260k --interactive
          cat prompt.txt | ilab model inference --model-name stories260k --format openai
        """);

    public Option<string?> Checkpoint { get; } = new("--checkpoint") { Description = "GGUF file that need not be in the store", HelpName = "PATH" };

    public Option<string?> ModelName { get; } = new("--model-name", "-m") { Description = "Name, digest or unique digest prefix of a stored model", HelpName = "NAME" };

    public Option<string?> Prompt { get; } = new("--prompt", "-p") { Description = "Text to continue; default: standard input", HelpName = "TEXT" };

    public Option<bool> Interactive { get; } = new("--interactive", "-i") { Description = "Ask for one prompt after the other; from a pipe each line is a prompt" };

    /// <summary>The temperature has the default 1.0, the length 100 new tokens.</summary>
    public GenerationOptionSet Settings { get; } = new("temperature", "max_length", "seed", "device", "gpu_layers");

    public Option<string> Format { get; } = new("--format") { Description = "text: only the continuation; openai: a text_completion object as JSON", HelpName = "FORMAT", DefaultValueFactory = _ => "text" };

    public Option<bool> Stream { get; } = new("--stream") { Description = "Print as it comes; with --format openai one JSON line per piece" };

    private void ExactlyOneModel(CommandResult result)
    {
        bool checkpoint = result.GetResult(Checkpoint) is not null, name = result.GetResult(ModelName) is not null;
        if (checkpoint && name)
            result.AddError("--checkpoint and --model-name exclude each other; give one of them");
        else if (!checkpoint && !name)
            result.AddError("no model; give --model-name NAME or --checkpoint PATH");
    }
}
