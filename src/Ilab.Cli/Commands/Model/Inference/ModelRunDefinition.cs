using System.CommandLine;
using System.CommandLine.Parsing;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>The command line of `model run`.</summary>
public sealed class ModelRunDefinition
{
    public ModelRunDefinition()
    {
        Command.Arguments.Add(Name);
        Command.Arguments.Add(Prompt);
        Command.Options.Add(Interactive);
        Command.Options.Add(System);
        Settings.AddTo(Command);
        Format.AcceptOnlyFromAmong("text", "json");
        Command.Options.Add(Format);
        Command.Options.Add(Raw);
        Command.Options.Add(Verbose);
        Command.Validators.Add(Check);
    }

    public Command Command { get; } = new("run", """
        Ask a model, or chat with it

        With a prompt, as arguments or on standard input, it answers once; with both, the input follows the arguments.
        Without a prompt it opens a chat on a terminal.

        Examples:
          ilab model run stories260k "Tell me a story about a cat"
          ilab model run stories260k "Summarize this:" < letter.txt
          ilab model run stories260k
        """);

    public Argument<string> Name { get; } = new("NAME") { Description = "Name, digest or unique digest prefix of the model" };

    public Argument<string[]> Prompt { get; } = new("PROMPT") { Description = "What to say; words are joined by blanks", Arity = ArgumentArity.ZeroOrMore };

    public Option<bool> Interactive { get; } = new("--interactive", "-i") { Description = "Chat, also when there is a prompt: it is the first thing said" };

    public Option<string?> System { get; } = new("--system") { Description = "Instructions that come before everything said", HelpName = "TEXT" };

    public GenerationOptionSet Settings { get; } =
        new("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed", "max_length", "stop", "keep_alive", "ctx", "device", "gpu_layers");

    public Option<string> Format { get; } = new("--format") { Description = "text: the answer; json: an object with the answer and its figures", HelpName = "FORMAT", DefaultValueFactory = _ => "text" };

    public Option<bool> Raw { get; } = new("--raw") { Description = "Give the prompt to the model as it stands, without its chat template" };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Say on stderr how long it took" };

    private void Check(CommandResult result)
    {
        if (result.GetValue(Raw) && result.GetValue(System) is not null)
            result.AddError("--raw has no place for --system; put the instructions into the prompt");
        if (result.GetValue(Raw) && result.GetValue(Interactive))
            result.AddError("--raw and --interactive exclude each other; `ilab model inference -i` continues one text after the other");
        if (result.GetValue(Interactive) && result.GetValue(Format) == "json")
            result.AddError("--format json and --interactive exclude each other");
    }
}
