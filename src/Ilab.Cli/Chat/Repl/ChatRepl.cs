using Ilab.Api.V1;
using Ilab.Cli.Terminal;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat.Repl;

/// <summary>The read-evaluate-print loop of a chat. On a terminal errors are reported and the chat continues.</summary>
public sealed class ChatRepl(ILineReader lines, AnswerReader answers, ReplState state, IInterrupts interrupts)
{
    private static readonly LinePrompt Prompt = new(">>> ", "... ", MultiLine.IsComplete, ChatCommands.Complete);
    private readonly AnswerPrinter _printer = new(state.Console);
    private IlabException? _failure;
    private bool _leftOut;

    /// <returns>0. Without a terminal the first error is thrown.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        while (!state.Ended)
        {
            LineEntry entry = await lines.ReadAsync(Prompt, cancellationToken);
            if (entry.Result == LineResult.EndOfInput)
                break;
            if (entry.Result == LineResult.Interrupted)
            {
                await state.Console.SayAsync("Press Ctrl-D or type /quit to quit.", cancellationToken);
                continue;
            }

            if (string.IsNullOrWhiteSpace(entry.Text))
                continue;
            lines.Remember(entry.Text);
            await HandleAsync(MultiLine.Unwrap(entry.Text.TrimEnd()), cancellationToken);
            // A script must not continue as if it had been answered.
            if (_failure is { } failure && !lines.IsInteractive)
                throw failure;
        }

        return 0;
    }

    private async Task HandleAsync(string text, CancellationToken cancellationToken)
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
            await state.Console.SayAsync("Error: " + failure.Text, cancellationToken);
    }

    private Task CommandAsync(string text, CancellationToken cancellationToken)
    {
        ChatCommand? command = ChatCommands.Find(text);
        if (command is not null)
            return command.RunAsync(state, ChatCommands.Arguments(text), cancellationToken);
        string name = text.Split([' ', '\n'], 2)[0];
        string advice = ChatCommands.Suggest(text) is { } meant ? $"did you mean {meant}?" : "/help lists the commands";
        throw new FormatException($"unknown command {name}; {advice}");
    }

    /// <summary>What the full context did to the chat.</summary>
    private async Task NotesAsync(Answer answer, CancellationToken cancellationToken)
    {
        if (answer.Started is { LeftOut: > 0 } started)
        {
            state.Session.LeaveOut((int)started.LeftOut);
            if (!_leftOut)
                await state.Console.SayAsync(
                    $"(The chat no longer fits the context of {started.ContextLength} tokens: the oldest messages are left out from now on. /clear starts over.)",
                    cancellationToken
                );
            _leftOut = true;
        }

        if (answer.Finished is { Reason: FinishReason.Length } && state.Session.Settings.MaxTokens is null or 0)
            await state.Console.SayAsync("(The context is full: the answer was cut off.)", cancellationToken);
    }

    private async Task AnswerAsync(string text, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using (interrupts.Capture(stop.Cancel))
        {
            Answer answer = await answers.ReadAsync(state.Session.Ask(text), _printer, stop.Token);
            cancellationToken.ThrowIfCancellationRequested();
            // A partial answer stays in the chat; a question without any answer does not.
            if (answer.Text.Length > 0 || !answer.Stopped)
            {
                state.Session.Add("user", text);
                state.Session.Add("assistant", answer.Text);
            }

            _printer.Finish();
            if (answer.Stopped)
                await state.Console.SayAsync("(stopped)", cancellationToken);
            await NotesAsync(answer, cancellationToken);
        }
    }
}
