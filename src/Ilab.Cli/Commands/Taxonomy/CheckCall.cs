using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Streams files to the service and collects their verdicts.</summary>
internal static class CheckCall
{
    public static async Task<List<TaxonomyVerdict>> RunAsync(
        IlabClient client,
        CheckTaxonomyOptions options,
        IAsyncEnumerable<TaxonomyFile> files,
        CancellationToken cancellationToken
    )
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = client.Taxonomy.Check(cancellationToken: ended.Token);
        var sending = SendAsync(call.RequestStream, options, files, ended);
        var verdicts = new List<TaxonomyVerdict>();
        try
        {
            while (await call.ResponseStream.MoveNext(ended.Token))
            {
                verdicts.Add(call.ResponseStream.Current);
            }
        }
        catch when (sending.IsFaulted)
        {
            // A file could not be read: awaiting the sender below reports it.
        }

        await sending;
        return verdicts;
    }

    private static async Task SendAsync(
        IClientStreamWriter<CheckTaxonomyRequest> stream,
        CheckTaxonomyOptions options,
        IAsyncEnumerable<TaxonomyFile> files,
        CancellationTokenSource ended
    )
    {
        try
        {
            var isWanted = await TryAsync(stream.WriteAsync(new CheckTaxonomyRequest { Options = options }, ended.Token));
            await foreach (var file in files.WithCancellation(ended.Token))
            {
                if (!isWanted)
                {
                    return;
                }

                isWanted = await TryAsync(stream.WriteAsync(new CheckTaxonomyRequest { File = file }, ended.Token));
            }

            await TryAsync(stream.CompleteAsync());
        }
        catch
        {
            await ended.CancelAsync();
            throw;
        }
    }

    /// <returns>False if the service has refused meanwhile; its response says why.</returns>
    private static async Task<bool> TryAsync(Task sending)
    {
        try
        {
            await sending;
            return true;
        }
        catch (IlabException)
        {
            return false;
        }
    }
}
