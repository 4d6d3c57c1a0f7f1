using System.Text;

namespace Ilab.Cli.Terminal;

/// <summary>Lines of a pipe, a file or a dumb terminal, joined by the rules of the prompt. A pipe gets no prompt.</summary>
public sealed class PlainLineReader(TextReader input, TextWriter? promptTo = null) : ILineReader
{
    public bool IsInteractive => promptTo is not null;

    public async Task<LineEntry> ReadAsync(LinePrompt prompt, CancellationToken cancellationToken)
    {
        var entry = new StringBuilder();
        string ask = prompt.Text;
        while (true)
        {
            if (promptTo is not null)
            {
                await promptTo.WriteAsync(ask.AsMemory(), cancellationToken);
                await promptTo.FlushAsync(cancellationToken);
            }

            string? line = await input.ReadLineAsync(cancellationToken).AsTask().WaitAsync(cancellationToken);
            if (line is null)
                return entry.Length == 0 ? new LineEntry(LineResult.EndOfInput) : new LineEntry(LineResult.Line, entry.ToString());
            if (entry.Length > 0)
                entry.Append('\n');
            entry.Append(line);
            if (prompt.IsComplete is null || prompt.IsComplete(entry.ToString()))
                return new LineEntry(LineResult.Line, entry.ToString());
            ask = prompt.Continuation;
        }
    }

    public void Remember(string entry)
    {
        // There is no editor to recall entries.
    }
}
