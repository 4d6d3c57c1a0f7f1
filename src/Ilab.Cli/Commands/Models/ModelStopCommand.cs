using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model stop`: unloads models.</summary>
internal static class ModelStopCommand
{
    private const string Help = """
        Unload models

        Waits for running requests to finish unless --force is given. Prints the names of the unloaded models.

        Examples:
          ilab model stop stories260k
          ilab model stop --all
        """;

    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("MODEL") { Description = "Names, digests, unique digest prefixes or runner ids", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all", "-a") { Description = "Unload all models" };
        var force = CommonOptions.Force("Cancel running requests instead of waiting for them");
        var command = new Command("stop", Help) { names, all, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(names) is { Length: > 0 }))
            {
                result.AddError(result.GetValue(all) ? "--all and names exclude each other" : "name the models to unload, or use --all");
            }
        });
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                if (!line.GetValue(force))
                {
                    await ReportBusyAsync(session, client, line.GetValue(all) ? [] : line.GetRequiredValue(names), cancellationToken);
                }

                return await EachObject.RunAsync(
                    session,
                    line.GetValue(all) ? [""] : line.GetRequiredValue(names),
                    async name =>
                    {
                        var request = new UnloadModelRequest
                        {
                            Reference = name,
                            All = line.GetValue(all),
                            Force = line.GetValue(force),
                        };
                        foreach (var unloaded in (await client.Inference.UnloadAsync(request, cancellationToken: cancellationToken)).Unloaded)
                        {
                            await session.Out.WriteLineAsync(unloaded);
                        }
                    }
                );
            }
        );
        return command;
    }

    /// <summary>Says what the command is about to wait for.</summary>
    /// <param name="wanted">Empty = all loaded models.</param>
    private static async Task ReportBusyAsync(Session session, IlabClient client, string[] wanted, CancellationToken cancellationToken)
    {
        var loaded = (await client.Inference.ListLoadedAsync(new ListLoadedRequest(), cancellationToken: cancellationToken)).Models;
        foreach (var model in loaded.Where(model => model.Active > 0 && (wanted.Length == 0 || wanted.Any(name => Means(name, model)))))
        {
            await session.SayAsync($"waiting for {model.Active} running {(model.Active == 1 ? "request" : "requests")} of {model.Name} (--force cancels)");
        }
    }

    /// <summary>Whether a reference means a loaded model.</summary>
    internal static bool Means(string reference, LoadedModel model) =>
        model.Others.Prepend(model.Name).Any(name => name == reference || name == reference + ":latest")
        || model.RunnerId == reference
        || model.Digest.StartsWith(reference, StringComparison.Ordinal)
        || model.Digest.StartsWith("sha256:" + reference, StringComparison.Ordinal);
}
