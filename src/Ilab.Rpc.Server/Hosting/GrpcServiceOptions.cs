using Grpc.Core.Interceptors;

namespace Grpc.AspNetCore.Server;

/// <summary>What all services of the application share.</summary>
public sealed class GrpcServiceOptions
{
    /// <summary>Most bytes of a message received; null = no limit; 4 MiB unless set.</summary>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Most bytes of a message sent; null = no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Tells callers the text of unexpected exceptions.</summary>
    public bool EnableDetailedErrors { get; set; }

    /// <summary><c>gzip</c> compresses responses for callers that accept it; null sends them as they are.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    /// <summary>First added = outermost.</summary>
    public InterceptorCollection Interceptors { get; } = [];
}

/// <summary>Interceptors by type, made once by the container.</summary>
public sealed class InterceptorCollection : System.Collections.ObjectModel.Collection<Type>
{
    public void Add<TInterceptor>()
        where TInterceptor : Interceptor => Add(typeof(TInterceptor));
}
