using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Chat.Repl;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>Runs a chat from the greeting to the end.</summary>
internal sealed class ChatLoop(TalkContext context)
{
    /// <param name="session">Model, settings and earlier messages.</param>
    /// <param name="firstMessage">Sent before the first prompt; null = none.</param>
    /// <param name="cancellationToken">Ends the chat.</param>
    public async Task<int> RunAsync(ChatSession session, string? firstMessage, CancellationToken cancellationToken)
    {
        ILineReader lines = context.OpenLines();
        if (lines.IsInteractive)
        {
            // Reports an unknown model before a question is typed.
            await LoadAsync(session, cancellationToken);
            await context.Console.SayAsync($"Chatting with {session.Model}. /help lists the commands, Ctrl-D quits.", cancellationToken);
        }

        if (firstMessage is not null)
            lines = new FirstLine(firstMessage, lines);
        var repl = new ChatRepl(lines, context.Answers, new ReplState(session, context.Console), context.Interrupts);
        int code = await repl.RunAsync(cancellationToken);
        if (!lines.IsInteractive && session.Messages.Count == 0)
            await LoadAsync(session, cancellationToken); // without any input, an unknown model is still an error
        return code;
    }

    private async Task LoadAsync(ChatSession session, CancellationToken cancellationToken)
    {
        var printer = new AnswerPrinter(context.Console);
        var request = new LoadModelRequest
        {
            Model = new ModelSelector { Name = session.Model },
            ContextLength = session.Settings.ContextLength ?? 0,
        };
        session.Settings.Place(request);
        if (session.Settings.KeepAlive is { } keepAlive)
            request.KeepAlive = Duration.FromTimeSpan(keepAlive);
        try
        {
            await foreach (LoadModelProgress progress in context.Generations.LoadAsync(request, cancellationToken))
                printer.Loading(progress);
        }
        finally
        {
            printer.Finish();
        }
    }

    /// <summary>Returns one entry before it reads further ones.</summary>
    private sealed class FirstLine(string message, ILineReader rest) : ILineReader
    {
        private bool _given;

        public bool IsInteractive => rest.IsInteractive;

        public void Remember(string entry) => rest.Remember(entry);

        public Task<LineEntry> ReadAsync(LinePrompt prompt, CancellationToken cancellationToken)
        {
            if (_given)
                return rest.ReadAsync(prompt, cancellationToken);
            _given = true;
            return Task.FromResult(new LineEntry(LineResult.Line, message));
        }
    }
}
