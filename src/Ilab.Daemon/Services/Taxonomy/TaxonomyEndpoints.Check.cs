using System.Threading.Channels;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Engine.Errors;
using Ilab.Taxonomy;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Taxonomy;

internal sealed partial class TaxonomyEndpoints
{
    public override async Task Check(
        IAsyncStreamReader<CheckTaxonomyRequest> requestStream,
        IServerStreamWriter<TaxonomyVerdict> responseStream,
        ServerCallContext context
    )
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var cancellationToken = ended.Token;
        if (!await requestStream.MoveNext(cancellationToken) || requestStream.Current.Options is not { } options)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "the first message of a check must contain its options");
        }

        // Checks as many files concurrently as there are cores, with few more in memory; verdicts keep the order of the files.
        var verdicts = Channel.CreateBounded<Task<TaxonomyVerdict>>(Environment.ProcessorCount);
        var reading = ReadAsync(requestStream, options, verdicts.Writer, cancellationToken);
        try
        {
            await foreach (var verdict in verdicts.Reader.ReadAllAsync(cancellationToken))
            {
                await responseStream.WriteAsync(await verdict, cancellationToken);
            }
        }
        finally
        {
            await ended.CancelAsync();
            await reading;
        }
    }

    private static async Task ReadAsync(
        IAsyncStreamReader<CheckTaxonomyRequest> input,
        CheckTaxonomyOptions options,
        ChannelWriter<Task<TaxonomyVerdict>> output,
        CancellationToken cancellationToken
    )
    {
        var mode = options.Schema == TaxonomySchema.Newest ? SchemaMode.Newest : SchemaMode.Ilab;
        try
        {
            while (await input.MoveNext(cancellationToken))
            {
                var file = ToEngine(input.Current.File ?? throw new EngineException(ErrorKind.InvalidArgument, "only files may follow the options"));
                await output.WriteAsync(Task.Run(() => ToWire(TaxonomyChecker.Check(file, mode, options.Fix)), cancellationToken), cancellationToken);
            }

            output.Complete();
        }
        catch (Exception exception)
        {
            output.Complete(exception); // reported to the reader of the verdicts
        }
    }
}
