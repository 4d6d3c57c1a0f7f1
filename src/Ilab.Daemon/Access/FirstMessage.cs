using Google.Protobuf;
using Grpc.Core;

namespace Ilab.Daemon.Access;

/// <summary>A stream of requests that remembers its first message, which says what the call is about.</summary>
internal sealed class FirstMessage<T>(IAsyncStreamReader<T> stream) : IAsyncStreamReader<T>
{
    public IMessage? Message { get; private set; }

    public T Current => stream.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        var more = await stream.MoveNext(cancellationToken);
        if (more)
        {
            Message ??= stream.Current as IMessage;
        }

        return more;
    }
}
