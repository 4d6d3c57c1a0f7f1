using System.CommandLine;
using System.Text;
using Ilab.Cli.Chat;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;

namespace Ilab.Cli.Hosting;

/// <summary>What a command has around it: where output goes, and the service.</summary>
public sealed class Session : IDisposable
{
    private IlabClient? _client;
    private ParseResult? _line;

    public Session(ProcessInterrupts interrupts)
    {
        Interrupts = interrupts;
        var utf8 = new UTF8Encoding(false);
        Out = new StreamWriter(new StandardOutput(), utf8, 4096) { NewLine = "\n" };
        Error = new StreamWriter(Console.OpenStandardError(), utf8, 256) { NewLine = "\n", AutoFlush = true };
    }

    public ProcessInterrupts Interrupts { get; }

    /// <summary>Data only.</summary>
    public TextWriter Out { get; }

    /// <summary>Talk and progress.</summary>
    public TextWriter Error { get; }

    public bool OutIsTerminal { get; } = !Console.IsOutputRedirected;

    public bool ErrorIsTerminal { get; } = !Console.IsErrorRedirected;

    public bool InputIsTerminal { get; } = !Console.IsInputRedirected;

    public GlobalOptions Globals { get; } = new();

    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    public ConnectionOptions Connection => _line is null
        ? new ConnectionOptions()
        : new ConnectionOptions(_line.GetValue(Globals.Url), _line.GetValue(Globals.Connection), _line.GetValue(Globals.Identity), _line.GetValue(Globals.NoAutostart));

    public void Read(ParseResult line) => _line = line;

    public Endpoint Endpoint() => new ConnectionResolver(Environment).Resolve(Connection);

    /// <summary>The service; started when it is this user's and does not run, unless told not to.</summary>
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

    public async Task SayAsync(string line) => await Error.WriteLineAsync(line);

    public async Task FlushQuietlyAsync()
    {
        try
        {
            await Out.FlushAsync();
        }
        catch (IOException)
        {
            // The reader has gone; the error that follows is what counts.
        }
    }

    public void Dispose() => _client?.Dispose();
}

/// <summary>Options that every command takes.</summary>
public sealed class GlobalOptions
{
    public Option<string?> Url { get; } = new("--url") { Description = "Address of the service: unix:///path, ssh://[user@]host, tcp://host:port (ILAB_HOST)", HelpName = "URL", Recursive = true };

    public Option<string?> Connection { get; } = new("--connection", "-c") { Description = "Named connection (ILAB_CONNECTION)", HelpName = "NAME", Recursive = true };

    public Option<string?> Identity { get; } = new("--identity") { Description = "Key file for ssh:// addresses", HelpName = "FILE", Recursive = true };

    public Option<bool> NoAutostart { get; } = new("--no-autostart") { Description = "Do not start a service when none answers (ILAB_NO_AUTOSTART)", Recursive = true };
}
