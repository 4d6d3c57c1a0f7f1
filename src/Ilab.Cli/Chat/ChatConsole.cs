namespace Ilab.Cli.Chat;

/// <summary>Where answers and talk go. Only answers go to <see cref="Out"/>.</summary>
public sealed record ChatConsole(TextWriter Out, TextWriter Error)
{
    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>One line of talk.</summary>
    public async Task SayAsync(string line, CancellationToken cancellationToken)
    {
        await Error.WriteAsync((line + "\n").AsMemory(), cancellationToken);
        await Error.FlushAsync(cancellationToken);
    }
}
