namespace Ilab.Http.Calls;

/// <summary>Settings of the HTTP APIs.</summary>
public sealed record HttpApiOptions
{
    /// <summary>Version of the service.</summary>
    public string Version { get; init; } = "0.0.0";

    /// <summary>How long an idle model stays loaded; negative = forever.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Maximum size of a JSON body in bytes.</summary>
    public int MaxBody { get; init; } = 32 << 20;

    /// <summary>Web origins beside those on this machine that may call, such as <c>https://chat.example.org</c>; <c>*</c> = all.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Names beside <c>localhost</c> and this machine's own that a request on the loopback interface may be addressed to.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}
