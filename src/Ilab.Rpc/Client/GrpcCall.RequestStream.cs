using System.Net;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

internal sealed partial class GrpcCall<TRequest, TResponse>
{
    /// <summary>The request body that the caller writes message by message.</summary>
    internal sealed class RequestStream(GrpcCall<TRequest, TResponse> call) : HttpContent, IClientStreamWriter<TRequest>
    {
        private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly MessageWriter _writer = new(compress: false);
        private int _writing;

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

        public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(message);
            if (_completed.Task.IsCompleted)
            {
                throw new InvalidOperationException("Request stream has already been completed.");
            }

            if (Interlocked.Exchange(ref _writing, 1) != 0)
            {
                throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
            }

            try
            {
                using var registration = cancellationToken.UnsafeRegister(static state => ((GrpcCall<TRequest, TResponse>)state!).End(new Status(StatusCode.Cancelled, "Call canceled by the client.")), call);
                ThrowIfEnded();
                var frame = _writer.Frame(message, call._method.RequestMarshaller.ContextualSerializer, call._channel.Options.MaxSendMessageSize);
                var stream = await _opened.Task.WaitAsync(call._cancellation.Token).ConfigureAwait(false);
                await stream.WriteAsync(frame, call._cancellation.Token).ConfigureAwait(false);
                if (WriteOptions is not { } options || !options.Flags.HasFlag(WriteFlags.BufferHint))
                {
                    await stream.FlushAsync(call._cancellation.Token).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is not (RpcException or InvalidOperationException))
            {
                // A write fails because the call has ended: the response says how, so give it the word first.
                await SettleAsync().ConfigureAwait(false);
                call.End(ResponseStatus.Of(exception));
                if (call._status is { StatusCode: StatusCode.OK })
                {
                    throw new RpcException(new Status(StatusCode.OK, "The call has ended."));
                }

                throw call.Failure();
            }
            finally
            {
                Volatile.Write(ref _writing, 0);
            }
        }

        public Task CompleteAsync()
        {
            if (!_completed.TrySetResult() && call._status is null)
            {
                throw new InvalidOperationException("Request stream has already been completed.");
            }

            return Task.CompletedTask;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            // The headers leave now, not with the first message: a server may speak first.
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            _opened.TrySetResult(stream);
            await _completed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        private void ThrowIfEnded()
        {
            if (call._status is { } status)
            {
                throw status.StatusCode == StatusCode.OK ? new InvalidOperationException("Can't write the message because the call is complete.") : call.Failure();
            }
        }

        private async Task SettleAsync()
        {
            try
            {
                await call._response!.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is RpcException or TimeoutException or OperationCanceledException)
            {
                // The response has not come or says itself how the call ended.
            }
        }
    }
}
