using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Chat.Repl;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>A chat from its greeting to its end.</summary>
internal sealed class ChatLoop(TalkContext context)
{
    /// <param name="session">Model, settings and perhaps what was said before.</param>
    /// <param name="firstWords">Said before anything is asked for; null = nothing.</param>
    /// <param name="cancellationToken">Ends the chat.</param>
    public async Task<int> RunAsync(ChatSession session, string? firstWords, CancellationToken cancellationToken)
    {
        ILineReader lines = context.OpenLines();
        if (lines.IsInteractive)
        {
            // An unknown model should be said before somebody has typed a question.
            await LoadAsync(session, cancellationToken);
            await context.Console.SayAsync($"Chatting with {session.Model}. /help lists the commands, Ctrl-D leaves.", cancellationToken);
        }

        if (firstWords is not null)
            lines = new FirstLine(firstWords, lines);
        var repl = new ChatRepl(lines, context.Answers, new ReplState(session, context.Console), context.Interrupts);
        return await repl.RunAsync(cancellationToken);
    }

    private async Task LoadAsync(ChatSession session, CancellationToken cancellationToken)
    {
        var printer = new AnswerPrinter(context.Console);
        var request = new LoadModelRequest { Model = new ModelSelector { Name = session.Model }, ContextLength = session.Settings.ContextLength ?? 0 };
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

    /// <summary>Gives one entry before asking the person.</summary>
    private sealed class FirstLine(string words, ILineReader rest) : ILineReader
    {
        private bool _given;

        public bool IsInteractive => rest.IsInteractive;

        public void Remember(string entry) => rest.Remember(entry);

        public Task<LineEntry> ReadAsync(LinePrompt prompt, CancellationToken cancellationToken)
        {
            if (_given)
                return rest.ReadAsync(prompt, cancellationToken);
            _given = true;
            return Task.FromResult(new LineEntry(LineResult.Line, words));
        }
    }
}
