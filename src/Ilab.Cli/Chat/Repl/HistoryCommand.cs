using Ilab.Api.V1;

namespace Ilab.Cli.Chat.Repl;

internal static class HistoryCommand
{
    public static async Task RunAsync(ReplState state, string arguments, CancellationToken cancellationToken)
    {
        if (state.Session.Messages.Count == 0)
            await state.Console.SayAsync("No messages yet.", cancellationToken);
        foreach (ChatMessage message in state.Session.Messages)
            await state.Console.SayAsync($"{message.Role}: {message.Content.Trim()}", cancellationToken);
    }
}
