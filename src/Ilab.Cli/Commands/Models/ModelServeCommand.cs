using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Config.Runs;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model serve`: loads a model for good, and says how programs call it.</summary>
internal static class ModelServeCommand
{
    private const string Help = """
        Keep a model loaded, and print how to call it

        The model stays loaded until 'ilab model stop' or --unpin, also when others need memory. The service answers, not this command: it returns
        when the model is loaded. The HTTP APIs are those of ilabd --http.

        Examples:
          ilab model serve stories260k
          ilab model serve --unpin stories260k
          ilab model serve stories260k --ctx 32768 --dry-run
          curl "$(ilab model serve stories260k --format '{{.Http}}')/v1/models"
        """;

    public static Command Create(Session session)
    {
        var name = new Argument<string>("MODEL") { Description = CommonOptions.Reference };
        var unpin = new Option<bool>("--unpin") { Description = "Let the model go when it is idle, as others" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print only the name of the model" };
        var format = CommonOptions.ObjectFormat("{{.Http}}");
        var options = new LoadOptionSet();
        var command = new Command("serve", Help) { name, unpin, quiet, format };
        options.AddTo(command);
        var plan = new PlanOptions();
        plan.AddTo(command, hasFormat: true);
        ConfigOption.AddTo(command, "inference");
        command.SetAction(
            async (line, cancellationToken) =>
            {
                if (plan.IsDryRun(line))
                {
                    return await plan.PlanAsync(session, line, "model serve", line.GetRequiredValue(name), line.GetValue(format) == "json", cancellationToken);
                }

                var client = await session.ClientAsync(cancellationToken);
                var request = options.Read(line, line.GetRequiredValue(name));
                request.Pin = !line.GetValue(unpin);
                if (!request.Pin)
                {
                    await RequireLoadedAsync(client, request.Model.Name, cancellationToken);
                }

                var model = await ModelLoading.RunAsync(session, client, request, line.GetValue(quiet), cancellationToken);
                if (line.GetValue(quiet) || line.GetValue(unpin))
                {
                    await session.Out.WriteLineAsync(model.Name);
                    return 0;
                }

                var info = await client.System.InfoAsync(new InfoRequest(), cancellationToken: cancellationToken);
                if (line.GetValue(format) is { } text)
                {
                    var data = ModelData
                        .Of(model)
                        .Add("Http", info.Service.HttpAddress)
                        .Add("Grpc", info.Service.GrpcAddress)
                        .Add("Socket", info.Service.Socket);
                    await session.Out.WriteLineAsync(text == "json" ? JsonText.Of(data) : new Template(text).Apply(data));
                    return 0;
                }

                await session.Out.WriteAsync(HowToCall(model.Name, info.Service));
                return 0;
            }
        );
        return command;
    }

    private static async Task RequireLoadedAsync(IlabClient client, string name, CancellationToken cancellationToken)
    {
        var loaded = (await client.Inference.ListLoadedAsync(new ListLoadedRequest(), cancellationToken: cancellationToken)).Models;
        if (!loaded.Any(model => ModelStopCommand.Means(name, model)))
        {
            throw new IlabException(ErrorKind.NotFound, $"{name} is not loaded", "'ilab model ps' lists loaded models");
        }
    }

    /// <summary>Lines to copy.</summary>
    private static string HowToCall(string model, ServiceInfo service)
    {
        var short_ = model.EndsWith(":latest", StringComparison.Ordinal) ? model[..^":latest".Length] : model;
        var grpc = service.GrpcAddress.Length > 0 ? $", {service.GrpcAddress} with a token" : "";
        var http = Reachable(service.HttpAddress);
        return $"""
            {model} is loaded and stays so until 'ilab model stop {short_}'

            Chat        ilab chat {short_}
            gRPC        unix://{service.Socket}{grpc}: ilab.v1.InferenceService
            {(http.Length == 0 ? "HTTP        off: start ilabd with --http, or set 'http = on' in ilabd.conf" : $$"""
                OpenAI      export OPENAI_BASE_URL={{http}}/v1 OPENAI_API_KEY=$(ilab token create)
                            curl $OPENAI_BASE_URL/chat/completions -H "Authorization: Bearer $OPENAI_API_KEY" \
                              -d '{"model": "{{short_}}", "messages": [{"role": "user", "content": "Hello"}]}'
                Anthropic   export ANTHROPIC_BASE_URL={{http}} ANTHROPIC_API_KEY=$(ilab token create)
                Ollama      export OLLAMA_HOST={{http}}      # without a token: http.loopback in the policy
                """)}

            """;
    }

    /// <summary>An address of all interfaces is none to call.</summary>
    private static string Reachable(string address) =>
        address.Replace("://0.0.0.0:", "://127.0.0.1:", StringComparison.Ordinal).Replace("://[::]:", "://127.0.0.1:", StringComparison.Ordinal);
}
