using System.Text;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>Reads a prompt from arguments, standard input, or both.</summary>
internal static class PromptInput
{
    /// <summary>Limit in characters, far above any context and below the message limit of the service.</summary>
    private const int MaxCharacters = 8 << 20;

    /// <summary>The words of the command line, an empty line, then standard input if it is not a terminal.</summary>
    /// <returns>Null when there are no words and standard input is a terminal.</returns>
    /// <exception cref="IlabException">INVALID_ARGUMENT: no prompt, or one that is too long.</exception>
    public static async Task<string?> FromWordsAndPipeAsync(string[] words, TalkContext context, CancellationToken cancellationToken)
    {
        string typed = string.Join(' ', words);
        if (context.InputIsTerminal)
            return typed.Length > 0 ? typed : null;
        string piped = await ReadAllAsync(context, cancellationToken);
        if (typed.Length == 0 && piped.Length == 0)
            throw new IlabException(ErrorKind.InvalidArgument, "the prompt is empty", "give it as arguments or on standard input");
        return typed.Length > 0 && piped.Length > 0 ? typed + "\n\n" + piped : typed + piped;
    }

    /// <summary>All of standard input, without the final line end that editors and `echo` add.</summary>
    /// <exception cref="IlabException">INVALID_ARGUMENT: no prompt, or one that is too long.</exception>
    public static async Task<string> FromPipeAsync(TalkContext context, CancellationToken cancellationToken)
    {
        if (context.InputIsTerminal)
            await context.Console.SayAsync("Reading the prompt from the terminal; finish with Ctrl-D.", cancellationToken);
        string piped = await ReadAllAsync(context, cancellationToken);
        if (piped.Length == 0)
            throw new IlabException(ErrorKind.InvalidArgument, "the prompt is empty", "use --prompt TEXT, or pipe it in");
        return piped;
    }

    private static async Task<string> ReadAllAsync(TalkContext context, CancellationToken cancellationToken)
    {
        var read = new StringBuilder();
        var buffer = new char[64 << 10];
        while (true)
        {
            // Reading a pipe cannot always be interrupted; waiting for it can.
            int count = await context.Input.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken);
            if (count == 0)
                break;
            read.Append(buffer, 0, count);
            if (read.Length > MaxCharacters)
                throw new IlabException(
                    ErrorKind.InvalidArgument,
                    "the prompt on standard input exceeds 8 million characters",
                    "shorten it, or split it into several prompts"
                );
        }

        string text = read.ToString();
        if (text.EndsWith("\r\n", StringComparison.Ordinal))
            return text[..^2];
        return text.EndsWith('\n') ? text[..^1] : text;
    }
}
