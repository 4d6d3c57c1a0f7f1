using System.Net.Sockets;

namespace Ilab.Testing.Servers;

/// <summary>The container engine of this machine, asked over its socket: <c>DOCKER_HOST</c>, else <c>/var/run/docker.sock</c>.</summary>
internal sealed class ContainerEngine
{
    private const string Scheme = "unix://";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly string _socket;

    private ContainerEngine(string socket) => _socket = socket;

    public static string SocketPath =>
        Environment.GetEnvironmentVariable("DOCKER_HOST") is { } host && host.StartsWith(Scheme, StringComparison.Ordinal)
            ? host[Scheme.Length..]
            : "/var/run/docker.sock";

    public Uri Address => new(Scheme + _socket);

    /// <summary>The newest that it speaks.</summary>
    public string ApiVersion { get; private set; } = "";

    /// <returns>Null = none answers within a second.</returns>
    public static async Task<ContainerEngine?> FindAsync()
    {
        var engine = new ContainerEngine(SocketPath);
        if (!File.Exists(engine._socket))
        {
            return null;
        }

        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            using var client = engine.Connect();
            using var answer = await client.GetAsync(new Uri("http://engine/_ping"), deadline.Token);
            engine.ApiVersion = answer.Headers.TryGetValues("Api-Version", out var versions) ? versions.First() : "";
            return answer.IsSuccessStatusCode && engine.ApiVersion.Length > 0 ? engine : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Whether it has an image of this name and tag.</summary>
    public async Task<bool> HasAsync(string image)
    {
        using var client = Connect();
        using var answer = await client.GetAsync(new Uri($"http://engine/images/{image}/json"));
        return answer.IsSuccessStatusCode;
    }

    /// <summary>Makes an image of a tar, as <c>docker import</c> does; nothing is pulled.</summary>
    public async Task ImportAsync(string repository, string tag, Stream tar)
    {
        using var client = Connect();
        using var content = new StreamContent(tar);
        using var answer = await client.PostAsync(new Uri($"http://engine/images/create?fromSrc=-&repo={repository}&tag={tag}"), content);
        var said = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode || said.Contains("\"error\"", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{repository}:{tag} was not imported: {said}");
        }
    }

    private HttpClient Connect() =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );
}
