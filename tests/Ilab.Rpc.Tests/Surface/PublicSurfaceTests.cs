using System.Reflection;
using System.Runtime.CompilerServices;

namespace Ilab.Rpc.Tests.Surface;

/// <summary>
/// What generated code and services may call is what the official packages have, so a public name appears or goes only on purpose: `surface.txt` is the list.
/// </summary>
public sealed class PublicSurfaceTests
{
    private static readonly string[] Official = ["Grpc.Core", "Grpc.Net.Client", "Grpc.AspNetCore.Server", "Grpc.Health.V1", "Grpc.HealthCheck", "Grpc.Reflection", "Microsoft."];

    private static IEnumerable<Type> Types => typeof(Grpc.Net.Client.GrpcChannel).Assembly.GetExportedTypes();

    [Fact]
    public void TheListIsInStep()
    {
        var found = Types.OrderBy(static type => type.FullName, StringComparer.Ordinal).SelectMany(Lines).ToArray();
        var listed = File.ReadAllLines(Path.Combine(Folder(), "surface.txt"));
        Assert.True(found.SequenceEqual(listed), "surface.txt should be:\n" + string.Join('\n', found));
    }

    [Fact]
    public void EveryPublicTypeIsInANamespaceOfTheOfficialPackages() =>
        Assert.Empty(Types.Where(static type => !Official.Any(prefix => type.Namespace!.StartsWith(prefix, StringComparison.Ordinal))).Select(static type => type.FullName));

    /// <summary>Names that generated code, services and clients are written against.</summary>
    [Theory]
    [InlineData("Grpc.Core.ClientBase`1")]
    [InlineData("Grpc.Core.CallInvoker")]
    [InlineData("Grpc.Core.CallOptions")]
    [InlineData("Grpc.Core.Metadata")]
    [InlineData("Grpc.Core.Method`2")]
    [InlineData("Grpc.Core.Marshallers")]
    [InlineData("Grpc.Core.RpcException")]
    [InlineData("Grpc.Core.Status")]
    [InlineData("Grpc.Core.StatusCode")]
    [InlineData("Grpc.Core.ServerCallContext")]
    [InlineData("Grpc.Core.ServerServiceDefinition")]
    [InlineData("Grpc.Core.ServiceBinderBase")]
    [InlineData("Grpc.Core.BindServiceMethodAttribute")]
    [InlineData("Grpc.Core.IAsyncStreamReader`1")]
    [InlineData("Grpc.Core.IServerStreamWriter`1")]
    [InlineData("Grpc.Core.AsyncUnaryCall`1")]
    [InlineData("Grpc.Core.AsyncServerStreamingCall`1")]
    [InlineData("Grpc.Core.AsyncDuplexStreamingCall`2")]
    [InlineData("Grpc.Core.Interceptors.Interceptor")]
    [InlineData("Grpc.Net.Client.GrpcChannel")]
    [InlineData("Grpc.Net.Client.GrpcChannelOptions")]
    public void AnOfficialNameIsThere(string name) => Assert.NotNull(typeof(Grpc.Net.Client.GrpcChannel).Assembly.GetType(name));

    private static IEnumerable<string> Lines(Type type)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        yield return type.FullName!;
        foreach (var member in type.GetMembers(Own).Where(static member => member is not Type && member is not MethodInfo { IsSpecialName: true }).Select(static member => member.ToString()!).Order(StringComparer.Ordinal))
        {
            yield return "    " + member;
        }
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
