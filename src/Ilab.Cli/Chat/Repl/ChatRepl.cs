using Ilab.Cli.Terminal;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat.Repl;

/// <summary>Ask, answer, ask again. Errors are said and the chat goes on: nothing that was said is lost by them.</summary>
public sealed class ChatRepl(ILineReader lines, AnswerReader answers, ReplState state, IInterrupts interrupts)
{
    private static readonly LinePrompt Prompt = new(">>> ", "... ", MultiLine.IsComplete, ChatCommands.Complete);
    private readonly AnswerPrinter _printer = new(state.Console);
    private IlabException? _failure;

    /// <returns>0, or for a chat without a person the exit code of the error that ended it.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        while (!state.Ended)
        {
            LineEntry entry = await lines.ReadAsync(Prompt, cancellationToken);
            if (entry.Result == LineResult.EndOfInput)
                break;
            if (entry.Result == LineResult.Interrupted)
            {
                await state.Console.SayAsync("Press Ctrl-D or type /quit to leave.", cancellationToken);
                continue;
            }

            if (string.IsNullOrWhiteSpace(entry.Text))
                continue;
            lines.Remember(entry.Text);
            await TakeAsync(MultiLine.Unwrap(entry.Text.TrimEnd()), cancellationToken);
            // A script must not go on as if it had been answered.
            if (_failure is { } failure && !lines.IsInteractive)
                throw failure;
        }

        return 0;
    }

    private async Task TakeAsync(string text, CancellationToken cancellationToken)
    {
        _failure = null;
        try
        {
            if (ChatCommands.IsCommand(text))
                await CommandAsync(text, cancellationToken);
            else
                await AnswerAsync(text, cancellationToken);
        }
        catch (IlabException e)
        {
            _failure = e;
        }
        catch (FormatException e)
        {
            _failure = new IlabException(Ilab.Api.V1.ErrorKind.InvalidArgument, e.Message, "");
        }

        _printer.Finish();
        if (_failure is { } failure && lines.IsInteractive)
            await state.Console.SayAsync("Error: " + failure.Message + (failure.Hint.Length > 0 ? "; " + failure.Hint : ""), cancellationToken);
    }

    private Task CommandAsync(string text, CancellationToken cancellationToken)
    {
        ChatCommand? command = ChatCommands.Find(text);
        if (command is not null)
            return command.RunAsync(state, ChatCommands.Arguments(text), cancellationToken);
        string name = text.Split([' ', '\n'], 2)[0];
        string advice = ChatCommands.Suggest(text) is { } meant ? $"did you mean {meant}?" : "/help lists the commands";
        throw new FormatException($"no command {name}; {advice}");
    }

    private async Task AnswerAsync(string text, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using (interrupts.Capture(stop.Cancel))
        {
            Answer answer = await answers.ReadAsync(state.Session.Ask(text), _printer, stop.Token);
            cancellationToken.ThrowIfCancellationRequested();
            // What was answered before Ctrl-C was said, too; a question without any answer was not asked.
            if (answer.Text.Length > 0 || !answer.Stopped)
            {
                state.Session.Add("user", text);
                state.Session.Add("assistant", answer.Text);
            }

            _printer.Finish();
            if (answer.Stopped)
                await state.Console.SayAsync("(stopped)", cancellationToken);
        }
    }
}
