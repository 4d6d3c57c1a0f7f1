using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client;

namespace Ilab.Cli.Commands.Models;

/// <summary>Has a model loaded, and shows the progress.</summary>
internal static class ModelLoading
{
    /// <returns>The model, as the service reported it last.</returns>
    public static async Task<LoadedModel> RunAsync(
        Session session,
        IlabClient client,
        LoadModelRequest request,
        bool quiet,
        CancellationToken cancellationToken
    )
    {
        var loaded = new LoadedModel();
        var progress = new ProgressLine(session, quiet);
        using var call = client.Inference.Load(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var now = call.ResponseStream.Current;
            if (now.Warning.Length > 0)
            {
                await progress.EndAsync();
                await session.Error.WriteLineAsync($"Warning: {now.Warning}");
            }

            if (now.Model is { } model)
            {
                await progress.EndAsync();
                loaded = model;
            }
            else
            {
                await progress.ShowAsync(
                    new TransferProgress
                    {
                        Phase = now.Phase,
                        Done = (ulong)(now.Fraction * 1000),
                        Total = 1000,
                    }
                );
            }
        }

        return loaded;
    }
}
