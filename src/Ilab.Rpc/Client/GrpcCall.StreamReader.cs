using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

internal sealed partial class GrpcCall<TRequest, TResponse>
{
    /// <summary>The response's messages, read as they come from pooled buffers.</summary>
    internal sealed class StreamReader(GrpcCall<TRequest, TResponse> call) : IAsyncStreamReader<TResponse>
    {
        private readonly MessagePayload _payload = new();
        private PipeReader? _pipe;
        private HttpResponseMessage? _response;
        private string? _encoding;
        private bool _ended;

        public TResponse Current { get; private set; } = null!;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (_ended)
            {
                return call._status is { StatusCode: not StatusCode.OK } ? throw call.Failure() : false;
            }

            using var registration = cancellationToken.UnsafeRegister(static state => ((GrpcCall<TRequest, TResponse>)state!).End(new Status(StatusCode.Cancelled, "Call canceled by the client.")), call);
            try
            {
                _response ??= await call._response!.ConfigureAwait(false);
                ThrowIfFailed();
                _pipe ??= await OpenAsync().ConfigureAwait(false);
                return await ReadAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                _ended = true;
                call.End(exception is RpcException rpc ? rpc.Status : ResponseStatus.Of(exception));
                throw call.Failure();
            }
        }

        private async Task<PipeReader> OpenAsync()
        {
            _encoding = _response!.Headers.NonValidated.TryGetValues(HeaderNames.Encoding, out var values) ? values.ToString() : null;
            var stream = await _response.Content.ReadAsStreamAsync(call._cancellation.Token).ConfigureAwait(false);
            return PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16384, leaveOpen: false));
        }

        private async Task<bool> ReadAsync()
        {
            while (true)
            {
                var read = await _pipe!.ReadAsync(call._cancellation.Token).ConfigureAwait(false);
                var buffer = read.Buffer;
                if (_payload.TryTake(ref buffer, call._channel.Options.MaxReceiveMessageSize, call._method.ResponseMarshaller.ContextualDeserializer, _encoding, out var message))
                {
                    _pipe.AdvanceTo(buffer.Start);
                    Current = message;
                    return true;
                }

                var rest = buffer.Length;
                _pipe.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    await _pipe.CompleteAsync().ConfigureAwait(false);
                    _ended = true;
                    Finish(rest);
                    return false;
                }
            }
        }

        private void Finish(long rest)
        {
            var trailers = new Metadata();
            var status = ResponseStatus.FromTrailers(_response!, trailers);
            if (status.StatusCode == StatusCode.OK && rest > 0)
            {
                status = new Status(StatusCode.Internal, "Incomplete message.");
            }

            call.End(status, trailers);
            _response!.Dispose();
            ThrowIfFailed();
        }

        private void ThrowIfFailed()
        {
            if (call._status is { StatusCode: not StatusCode.OK })
            {
                _ended = true;
                throw call.Failure();
            }
        }
    }
}
