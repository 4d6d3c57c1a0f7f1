using System.CommandLine;
using System.Reflection;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Host;

/// <summary>`version`: client and service; never starts a service.</summary>
internal static class VersionCommand
{
    private static readonly string Informational = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    public static string Client => Informational.Split('+')[0];

    public static Command Create(Session session)
    {
        var format = new Option<string?>("--format") { Description = "json, or a template", HelpName = "FORMAT" };
        var command = new Command("version", "Show the versions of client and service") { format };
        command.SetAction(async (line, cancellationToken) =>
        {
            var (service, problem) = await AskAsync(session, cancellationToken);
            if (line.GetValue(format) is { } text)
            {
                await ListOutput.WriteObjectsAsync(session, text, [Of(service)]);
                return 0;
            }

            await session.Out.WriteLineAsync($"Client:\n  Version:  {Client}\n  Runtime:  {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}{(System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported ? "" : " (NativeAOT)")}");
            await session.Out.WriteLineAsync(service is null
                ? $"\nService:  {problem}"
                : $"\nService:\n  Version:  {service.Version}\n  Runtime:  {service.Runtime}\n  OS:       {service.Os}\n  Native:   {service.Native}");
            return 0;
        });
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

    private static Data Of(VersionResponse? service) => new Data()
        .Add("Client", new Data().Add("Version", Client).Add("Runtime", System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription))
        .Add("Service", service is null ? null : new Data().Add("Version", service.Version).Add("Commit", service.Commit).Add("Runtime", service.Runtime).Add("Os", service.Os).Add("Native", service.Native).Add("Capabilities", service.Capabilities.ToList()));
}
