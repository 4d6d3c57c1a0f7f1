using Google.Protobuf;
using Grpc.Core;
using Grpc.Reflection.V1alpha;

namespace Grpc.Reflection;

/// <summary>grpc.reflection.v1alpha, which older clients still ask: the same messages under another name.</summary>
public sealed class ReflectionV1Alpha(ReflectionServiceImpl current) : ServerReflection.ServerReflectionBase
{
    public override async Task ServerReflectionInfo(IAsyncStreamReader<ServerReflectionRequest> requestStream, IServerStreamWriter<ServerReflectionResponse> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
        {
            var answer = current.Answer(V1.ServerReflectionRequest.Parser.ParseFrom(requestStream.Current.ToByteString()));
            await responseStream.WriteAsync(ServerReflectionResponse.Parser.ParseFrom(answer.ToByteString()), context.CancellationToken).ConfigureAwait(false);
        }
    }
}
