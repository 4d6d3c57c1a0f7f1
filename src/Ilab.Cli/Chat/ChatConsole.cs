namespace Ilab.Cli.Chat;

/// <summary>Answers go to <see cref="Out"/>, everything else to <see cref="Error"/>.</summary>
public sealed record ChatConsole(TextWriter Out, TextWriter Error)
{
    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Writes one message line.</summary>
    public async Task SayAsync(string line, CancellationToken cancellationToken)
    {
        await Error.WriteAsync((line + "\n").AsMemory(), cancellationToken);
        await Error.FlushAsync(cancellationToken);
    }
}
