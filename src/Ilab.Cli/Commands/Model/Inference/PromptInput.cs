using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>Where a prompt comes from: arguments, standard input, or both.</summary>
internal static class PromptInput
{
    /// <summary>Words of the command line, then what is piped in, apart by an empty line.</summary>
    /// <returns>Null when there is neither and a person sits at the terminal.</returns>
    public static async Task<string?> FromWordsAndPipeAsync(string[] words, TalkContext context, CancellationToken cancellationToken)
    {
        string spoken = string.Join(' ', words);
        if (context.InputIsTerminal)
            return spoken.Length > 0 ? spoken : null;
        string piped = await ReadAllAsync(context, cancellationToken);
        if (spoken.Length == 0 && piped.Length == 0)
            throw new IlabException(ErrorKind.InvalidArgument, "There is no prompt", "give it as arguments or on standard input");
        return spoken.Length > 0 && piped.Length > 0 ? spoken + "\n\n" + piped : spoken + piped;
    }

    /// <summary>The whole of standard input without its last line end, which editors and `echo` add.</summary>
    public static async Task<string> FromPipeAsync(TalkContext context, CancellationToken cancellationToken)
    {
        if (context.InputIsTerminal)
            await context.Console.SayAsync("Reading the prompt from the terminal; end it with Ctrl-D.", cancellationToken);
        string piped = await ReadAllAsync(context, cancellationToken);
        if (piped.Length == 0)
            throw new IlabException(ErrorKind.InvalidArgument, "There is no prompt", "give --prompt TEXT or text on standard input");
        return piped;
    }

    private static async Task<string> ReadAllAsync(TalkContext context, CancellationToken cancellationToken)
    {
        // Reading a pipe cannot always be interrupted; waiting for it can.
        string text = await context.Input.ReadToEndAsync(cancellationToken).WaitAsync(cancellationToken);
        if (text.EndsWith("\r\n", StringComparison.Ordinal))
            return text[..^2];
        return text.EndsWith('\n') ? text[..^1] : text;
    }
}
