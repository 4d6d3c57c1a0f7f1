using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Cli.Commands.Config.Runs;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models.Inference;

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
        Command.Options.Add(Variables);
        Command.Options.Add(Format);
        Command.Options.Add(Raw);
        Command.Options.Add(Verbose);
        Plan.AddTo(Command, hasFormat: true);
        Command.Validators.Add(Check);
    }

    public Command Command { get; } =
        new(
            "run",
            """
            Run a prompt, or chat

            With a prompt, as arguments or on standard input, the model answers once; with both, the input follows the arguments. Without a prompt a chat
            opens on a terminal. Put -- before prompt words that begin with a dash.

            Examples:
              ilab model run stories260k "Tell me a story about a cat"
              ilab model run stories260k "Summarize this:" < letter.txt
              ilab model run stories260k
            """
        );

    public Argument<string> Name { get; } = new("MODEL") { Description = CommonOptions.Reference };

    public Argument<string[]> Prompt { get; } = new("PROMPT") { Description = "Prompt; words are joined with spaces", Arity = ArgumentArity.ZeroOrMore };

    public Option<bool> Interactive { get; } = new("--interactive", "-i") { Description = "Open a chat; a prompt becomes its first message" };

    public Option<string?> System { get; } = CommonOptions.Text("--system", "System prompt", "TEXT");

    public Option<string[]> Variables { get; } = TemplateVariables.Option();

    public GenerationOptionSet Settings { get; } =
        new("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed", "max_length", "stop", "keep_alive", "ctx", "device", "gpu_layers");

    internal ChoiceOption Format { get; } =
        new("--format", "text", "json") { Description = "Print the answer as text, or as a JSON object with timings", Default = "text" };

    public Option<bool> Raw { get; } = new("--raw") { Description = "Send the prompt without the chat template" };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Print timings on standard error" };

    internal PlanOptions Plan { get; } = new();

    private void Check(CommandResult result)
    {
        if (result.GetValue(Raw) && result.GetValue(System) is not null)
            result.AddError("--raw and --system exclude each other; put the system prompt into the prompt");
        if (result.GetValue(Raw) && result.GetValue(Interactive))
            result.AddError("--raw and --interactive exclude each other; use 'ilab model inference --interactive'");
        if (result.GetValue(Interactive) && result.GetValue(Format) == "json")
            result.AddError("--format json and --interactive exclude each other");
    }
}
