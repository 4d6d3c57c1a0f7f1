using System.CommandLine;
using Ilab.Cli.Chat;
using Ilab.Client;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Cli.Hosting;

/// <summary>The surroundings of one command: standard streams, global options and the connection to the service.</summary>
public sealed class Session : IDisposable
{
    private IlabClient? _client;
    private ParseResult? _line;

    public Session(ProcessInterrupts interrupts)
    {
        Interrupts = interrupts;
        Out = StandardStreams.Writer(StandardStreams.OpenOutput());
        Error = StandardStreams.Writer(StandardStreams.OpenError(), autoFlush: true);
    }

    public ProcessInterrupts Interrupts { get; }

    /// <summary>Results only.</summary>
    public TextWriter Out { get; init; }

    /// <summary>Progress, messages and prompts.</summary>
    public TextWriter Error { get; init; }

    public bool OutIsTerminal { get; init; } = StandardStreams.OutputIsTerminal;

    public bool ErrorIsTerminal { get; init; } = StandardStreams.ErrorIsTerminal;

    public bool InputIsTerminal { get; init; } = StandardStreams.InputIsTerminal;

    public GlobalOptions Globals { get; } = new();

    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The connection options of the command line; none before <see cref="Read"/>.</summary>
    public ConnectionOptions Connection =>
        _line is null
            ? new ConnectionOptions()
            : new ConnectionOptions(
                _line.GetValue(Globals.Url),
                _line.GetValue(Globals.Connection),
                _line.GetValue(Globals.Identity),
                _line.GetValue(Globals.NoAutostart)
            )
            {
                Security = new ConnectionSecurity(
                    _line.GetValue(Globals.TlsCa),
                    _line.GetValue(Globals.TlsCert),
                    _line.GetValue(Globals.TlsKey),
                    _line.GetValue(Globals.TokenFile)
                ),
            };

    /// <summary>Takes the global options from a parsed command line.</summary>
    public void Read(ParseResult line) => _line = line;

    public Endpoint Endpoint() => new ConnectionResolver(Environment).Resolve(Connection);

    /// <summary>A client of the service, which is started first when it is the user's own and not running.</summary>
    public async Task<IlabClient> ClientAsync(CancellationToken cancellationToken, bool start = true)
    {
        if (_client is null)
        {
            var endpoint = Endpoint();
            if (start && endpoint.MayAutostart)
            {
                await new ServiceStarter(Environment).EnsureAsync(endpoint, cancellationToken);
            }

            _client = IlabClient.Create(endpoint);
        }

        return _client;
    }

    /// <summary>Writes one message line to standard error.</summary>
    public Task SayAsync(string line) => Error.WriteLineAsync(line);

    /// <summary>Writes an error line to standard error.</summary>
    public Task ReportAsync(IlabException exception) => SayAsync($"Error: {exception.Text}");

    /// <summary>Flushes the results so that an error line follows them; a broken output is not another error.</summary>
    public async Task FlushQuietlyAsync()
    {
        try
        {
            await Out.FlushAsync();
        }
        catch (IOException)
        {
            // The error that is about to be reported matters more.
        }
    }

    public void Dispose() => _client?.Dispose();
}
