using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Client;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Hosting;

/// <summary>The surroundings of one command: standard streams, global options and the connection to the service.</summary>
public sealed class Session : IDisposable
{
    private IlabClient? _client;
    private ParseResult? _line;
    private SettingsReading? _settings;

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

    /// <summary>Runs another command line in these surroundings; its errors are thrown.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task<int>> RunAsync { get; set; } =
        static (_, _) => throw new InvalidOperationException("commands cannot run commands here");

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

    public Endpoint Endpoint() => new ConnectionResolver(Environment).Resolve(Connection with { Configured = ConfiguredConnection() });

    /// <summary>What the files of settings and the environment say to the client.</summary>
    /// <exception cref="IlabException">INVALID_ARGUMENT: one of them is not valid.</exception>
    public SettingsReading Settings()
    {
        if (_settings is not null)
        {
            return _settings;
        }

        var reading = new SettingsReader(ConfLocations.Of(Environment), Environment).ReadClient();
        if (reading.Problems is { Count: > 0 } problems)
        {
            var more = problems.Count > 1 ? $" (and {problems.Count - 1} more: 'ilab config ls' shows them)" : "";
            throw new IlabException(ErrorKind.InvalidArgument, problems[0].ToString() + more);
        }

        return _settings = reading;
    }

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

    /// <summary>Variables have their own rank, so only files count.</summary>
    private ConnectionOptions ConfiguredConnection()
    {
        var settings = Settings();
        return new ConnectionOptions(Text("url"), Text("connection"), Text("identity"), Text("no-autostart") is { } flag && SettingType.Boolean(flag))
        {
            Security = new ConnectionSecurity(Text("tls-ca"), Text("tls-cert"), Text("tls-key"), Text("token-file")),
        };

        string? Text(string name) =>
            settings[$"connection.{name}"] is { Origin: not (SettingOrigin.Default or SettingOrigin.Environment) } value ? value.Text : null;
    }
}
