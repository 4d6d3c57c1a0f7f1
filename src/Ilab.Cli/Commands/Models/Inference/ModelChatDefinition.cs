using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>The command line of `model chat`.</summary>
public sealed class ModelChatDefinition
{
    public ModelChatDefinition()
    {
        Command = new Command(
            "chat",
            """
            Chat with a model

            On a terminal: a line editor with history, multi-line input and commands (/help lists them); Ctrl-C stops an answer. From a pipe: each line is a
            turn, and only the answers are printed.

            Examples:
              ilab model chat stories260k
              ilab model chat stories260k --system "Answer in one sentence." --save story
              ilab model chat --load story
              printf 'Hello\nHow are you?\n' | ilab model chat stories260k
            """
        );
        Command.Arguments.Add(Name);
        Command.Options.Add(System);
        Command.Options.Add(Load);
        Command.Options.Add(Save);
        Settings.AddTo(Command);
        Command.Options.Add(Variables);
        Command.Validators.Add(Check);
    }

    public Command Command { get; }

    public Argument<string?> Name { get; } =
        new("MODEL") { Description = CommonOptions.Reference + " [default: with --load, the saved model]", Arity = ArgumentArity.ZeroOrOne };

    public Option<string?> System { get; } = CommonOptions.Text("--system", "System prompt", "TEXT");

    public Option<string?> Load { get; } = CommonOptions.Text("--load", "Continue a saved chat", "NAME|FILE");

    public Option<string?> Save { get; } = CommonOptions.Text("--save", "Save the chat when it ends", "NAME|FILE");

    public Option<string[]> Variables { get; } = TemplateVariables.Option();

    public GenerationOptionSet Settings { get; } =
        new("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed", "max_length", "stop", "keep_alive", "ctx", "device", "gpu_layers");

    private void Check(CommandResult result)
    {
        if (string.IsNullOrEmpty(result.GetValue(Name)) && result.GetResult(Load) is null)
            result.AddError("MODEL or --load is required; 'ilab model ls' lists the models");
    }
}
