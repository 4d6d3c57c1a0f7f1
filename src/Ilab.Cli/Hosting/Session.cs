using System.CommandLine;
using System.CommandLine.Parsing;
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
    private readonly HashSet<string> _warned = [];

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

    /// <exception cref="IlabException">INVALID_ARGUMENT: files that would name the service do not say which. NOT_FOUND: no such connection.</exception>
    public Endpoint Endpoint()
    {
        var given = Connection;
        return new ConnectionResolver(Environment).Resolve(given with { Configured = Configured(given) });
    }

    /// <summary>What the files of settings and the environment say to the client.</summary>
    /// <exception cref="IlabException">INVALID_ARGUMENT: one of them is not valid.</exception>
    public SettingsReading Settings()
    {
        var reading = Reading();
        return Complaint(reading, static _ => true) is { } failure ? throw failure : reading;
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

    /// <summary>Null = the command line or a variable names the service, so that files do not count.</summary>
    private ConnectionOptions? Configured(ConnectionOptions given)
    {
        if (
            given.Url is not null
            || given.Connection is not null
            || Environment("ILAB_HOST") is { Length: > 0 }
            || Environment("ILAB_CONNECTION") is { Length: > 0 }
        )
        {
            return null;
        }

        var reading = Reading();
        if (Complaint(reading, static problem => problem.Section is "" or ConfiguredConnection.Section) is { } failure)
        {
            if (!MendsOrStops)
            {
                throw failure;
            }

            Warn(failure.Text);
        }

        return ConfiguredConnection.Of(reading);
    }

    /// <summary>Whether the command is one that is needed where settings are broken: it goes on with those that are not.</summary>
    private bool MendsOrStops =>
        _line?.CommandResult is { Command: { } command, Parent: CommandResult { Command: { } noun } }
        && (noun.Name == "config" || $"{noun.Name} {command.Name}" is "system stop" or "system info" or "system version" or "system check");

    /// <summary>What the sources say, valid or not. What they warn of is said once.</summary>
    private SettingsReading Reading()
    {
        if (_settings is null)
        {
            _settings = new SettingsReader(ConfLocations.Of(Environment), Environment).ReadClient();
            foreach (var problem in _settings.Problems.Where(static problem => problem.IsWarning))
            {
                Warn(problem.ToString());
            }
        }

        return _settings;
    }

    private void Warn(string text)
    {
        if (_warned.Add(text))
        {
            Error.WriteLine($"Warning: {text}");
        }
    }

    private static IlabException? Complaint(SettingsReading reading, Func<ConfProblem, bool> counts)
    {
        var problems = reading.Problems.Where(problem => !problem.IsWarning && counts(problem)).ToList();
        var more = problems.Count > 1 ? $" (and {problems.Count - 1} more: 'ilab config ls' shows them)" : "";
        return problems.Count > 0 ? new IlabException(ErrorKind.InvalidArgument, problems[0].ToString() + more) : null;
    }
}
