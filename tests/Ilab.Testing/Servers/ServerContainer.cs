using System.Text;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Images;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Testing.Servers;

/// <summary>A server in a container, by Testcontainers.</summary>
internal sealed class ServerContainer : IRunningServer
{
    private const string Data = "/tmp/data";
    private readonly IContainer _container;

    private ServerContainer(IContainer container) => _container = container;

    public static async Task<ServerContainer> StartAsync(ContainerEngine engine, ServerSpec spec, int port)
    {
        Configure(engine);
        var image = await ServerImage.MakeAsync(engine, spec);
        spec = spec.At(port, Data);
        var builder = new ContainerBuilder(image)
            .WithDockerEndpoint(engine.Address)
            .WithLogger(NullLogger.Instance)
            .WithImagePullPolicy(PullPolicy.Never)
            .WithCleanUp(false)
            .WithAutoRemove(false)
            .WithCreateParameterModifier(static parameters =>
            {
                (parameters.HostConfig ??= new()).NetworkMode = "host";
                parameters.StopSignal = "SIGKILL"; // a server that tests kill gets no chance to tidy up
            })
            .WithEntrypoint(spec.Program)
            .WithCommand([.. spec.Arguments])
            .WithEnvironment(spec.Environment)
            .WithWaitStrategy(Wait.ForUnixContainer().UntilMessageIsLogged(System.Text.RegularExpressions.Regex.Escape(spec.ReadyLine)));
        foreach (var (name, text) in spec.Files)
        {
            builder = builder.WithResourceMapping(Encoding.UTF8.GetBytes(text), $"{Data}/{name}");
        }

        var container = builder.Build();
        try
        {
            await container.StartAsync();
            return new ServerContainer(container);
        }
        catch (Exception exception)
        {
            var said = await LogsAsync(container);
            await container.DisposeAsync();
            throw new InvalidOperationException($"{spec.Name} ended: {said}{exception.Message}", exception);
        }
    }

    public async Task KillAsync() => await _container.StopAsync();

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    /// <summary>The package reads its settings once, when it is first used.</summary>
    private static void Configure(ContainerEngine engine)
    {
        // It speaks a newer version than engines of the distribution understand, unless it is told.
        Environment.SetEnvironmentVariable("DOCKER_API_VERSION", Environment.GetEnvironmentVariable("DOCKER_API_VERSION") ?? engine.ApiVersion);

        // Its reaper is a container of an image that would have to be pulled. What a killed test leaves behind carries the label of the package.
        TestcontainersSettings.ResourceReaperEnabled = false;
    }

    private static async Task<string> LogsAsync(IContainer container)
    {
        try
        {
            var (output, error) = await container.GetLogsAsync();
            return output + error;
        }
        catch (Exception exception) when (exception is InvalidOperationException or HttpRequestException)
        {
            return ""; // it was never created
        }
    }
}
