namespace Grpc.Wire;

/// <summary>Header names of the protocol.</summary>
internal static class HeaderNames
{
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string ContentType = "application/grpc";
    public const string Gzip = "gzip";
    public const string Identity = "identity";

    /// <summary>Headers of the transport, which are not metadata of the call.</summary>
    public static bool IsReserved(string name) =>
        name.StartsWith(':')
        || name.ToLowerInvariant() is "content-type" or "te" or "user-agent" or "host" or "grpc-timeout" or Encoding or AcceptEncoding or Status or Message or "content-length" or "date" or "server" or "transfer-encoding";
}
