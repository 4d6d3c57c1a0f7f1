using System.CommandLine;
using System.Reflection;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system version`: versions of client and service. Never starts the service.</summary>
internal static class VersionCommand
{
    private static readonly string Informational =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    public static string Client => Informational.Split('+')[0];

    public static Command Create(Session session)
    {
        var format = CommonOptions.ObjectFormat("{{.Client.Version}}");
        var command = new Command(
            "version",
            "Show the versions of client and service\n\nDoes not start the service.\n\nExamples:\n  ilab version\n  ilab version --format json"
        )
        {
            format,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var (service, problem) = await AskAsync(session, cancellationToken);
                if (line.GetValue(format) is { } text)
                {
                    await session.Out.WriteLineAsync(text == "json" ? JsonText.Of(Of(service)) : new Template(text).Apply(Of(service)));
                    return 0;
                }

                await session.Out.WriteLineAsync(
                    $"Client:\n  Version:  {Client}\n  Runtime:  {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}{(
                    System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported ? "" : " (NativeAOT)")}"
                );
                await session.Out.WriteLineAsync(
                    service is null
                        ? $"\nService:  {problem}"
                        : $"\nService:\n  Version:  {service.Version}\n  Runtime:  {service.Runtime}\n  OS:       {service.Os}\n  Native:   {service.Native}"
                );
                return 0;
            }
        );
        return command;
    }

    private static async Task<(VersionResponse? Service, string Problem)> AskAsync(Session session, CancellationToken cancellationToken)
    {
        try
        {
            var endpoint = session.Endpoint();
            if (endpoint.Scheme == EndpointScheme.Unix && !ServiceStarter.Answers(endpoint.Path))
            {
                return (null, "not running");
            }

            var client = await session.ClientAsync(cancellationToken, start: false);
            return (await client.System.VersionAsync(new VersionRequest(), cancellationToken: cancellationToken), "");
        }
        catch (IlabException exception)
        {
            return (null, exception.Message);
        }
    }

    private static Data Of(VersionResponse? service) =>
        new Data()
            .Add("Client", new Data().Add("Version", Client).Add("Runtime", System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription))
            .Add(
                "Service",
                service is null
                    ? null
                    : new Data()
                        .Add("Version", service.Version)
                        .Add("Commit", service.Commit)
                        .Add("Runtime", service.Runtime)
                        .Add("Os", service.Os)
                        .Add("Native", service.Native)
                        .Add("Capabilities", service.Capabilities.ToList())
            );
}
