using System.CommandLine;
using System.CommandLine.Parsing;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>The command line of `model chat`.</summary>
public sealed class ModelChatDefinition
{
    /// <param name="name">`chat`; the flat alias has its own instance.</param>
    public ModelChatDefinition(string name = "chat")
    {
        Command = new Command(name, """
            Chat with a model

            On a terminal: a line editor with history, several lines, and commands (/help lists them); Ctrl-C stops an answer.
            From a pipe: each line is a turn, and only the answers are printed.

            Examples:
              ilab model chat stories260k
              ilab model chat stories260k --system "Answer in one sentence." --save story
              ilab model chat --load story
              printf 'Hello\nHow are you?\n' | ilab model chat stories260k
            """);
        Command.Arguments.Add(Name);
        Command.Options.Add(System);
        Command.Options.Add(Load);
        Command.Options.Add(Save);
        Settings.AddTo(Command);
        Command.Validators.Add(Check);
    }

    public Command Command { get; }

    public Argument<string?> Name { get; } = new("NAME") { Description = "Name, digest or unique digest prefix of the model; with --load the saved one", Arity = ArgumentArity.ZeroOrOne };

    public Option<string?> System { get; } = new("--system") { Description = "Instructions that come before everything said", HelpName = "TEXT" };

    public Option<string?> Load { get; } = new("--load") { Description = "Go on with a saved chat", HelpName = "NAME|FILE" };

    public Option<string?> Save { get; } = new("--save") { Description = "Save the chat when it ends", HelpName = "NAME|FILE" };

    public GenerationOptionSet Settings { get; } =
        new("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed", "max_length", "stop", "keep_alive", "ctx", "device", "gpu_layers");

    private void Check(CommandResult result)
    {
        if (string.IsNullOrEmpty(result.GetValue(Name)) && result.GetResult(Load) is null)
            result.AddError("no model; name one (`ilab model ls` lists them) or give --load");
    }
}
