using System.Net;
using Ilab.Configuration.Paths;
using Microsoft.Extensions.Logging;

namespace Ilab.Configuration.Service;

/// <summary>What the service was told, after all sources were read: defaults, configuration file, environment, command line.</summary>
public sealed record ServiceOptions
{
    public required RuntimePaths Paths { get; init; }

    public string Socket { get; init; } = "";

    /// <summary>The policy file: who may do what. It need not exist, unless it was set explicitly.</summary>
    public string PolicyPath { get; init; } = "";

    /// <summary>Whether <see cref="PolicyPath"/> was set explicitly.</summary>
    public bool IsPolicyRequired { get; init; }

    /// <summary>Where the HTTP APIs are served; null = nowhere.</summary>
    public IPEndPoint? Http { get; init; }

    /// <summary>Web origins beside those of this machine that may use the HTTP APIs; <c>*</c> = all.</summary>
    public IReadOnlyList<string> HttpOrigins { get; init; } = [];

    /// <summary>Names beside <c>localhost</c> that requests on the loopback interface may be addressed to.</summary>
    public IReadOnlyList<string> HttpHosts { get; init; } = [];

    /// <summary>Where gRPC is served over TCP; null = nowhere.</summary>
    public IPEndPoint? Grpc { get; init; }

    /// <summary>PEM file of the certificate of what is served over TCP; null = no TLS.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>PEM file of its key; null = in the same file.</summary>
    public string? TlsKey { get; init; }

    /// <summary>PEM file of the authorities whose client certificates are accepted; null = none are.</summary>
    public string? TlsClientAuthorities { get; init; }

    /// <summary>OpenTelemetry collector; null = none, or that of the OTEL_ variables.</summary>
    public Uri? Otlp { get; init; }

    public string RunnerPath { get; init; } = "";

    public string? NativeDirectory { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public bool JsonLog { get; init; }

    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Ends the service after so long without calls, models and jobs; null = never.</summary>
    public TimeSpan? IdleExit { get; init; }

    /// <summary>Bytes; 0 = what the machine has, less a reserve.</summary>
    public long MemoryLimit { get; init; }

    public int Threads { get; init; }

    public int Parallel { get; init; } = 32;

    /// <summary>Requests that may wait for a place, per runner.</summary>
    public int Queue { get; init; } = 256;

    /// <summary>Bytes on disk for computed prompts of models; 0 = none are kept.</summary>
    public long PromptCache { get; init; } = 2L << 30;

    /// <summary>Whether greedy answers may compute guessed tokens.</summary>
    public bool Speculation { get; init; } = true;

    public int ContextLength { get; init; }

    /// <summary>Where models are loaded: <c>auto</c>, <c>cpu</c>, <c>cuda0</c>, ...</summary>
    public string Device { get; init; } = "auto";

    public AcceleratorUse Accelerator { get; init; }

    /// <summary>Whether embeddings are computed as llama.cpp alone does.</summary>
    public bool ExactEmbeddings { get; init; }

    /// <summary>Bytes, of each model.</summary>
    public long AcceleratorMemory { get; init; } = long.MaxValue;

    public string? OneDnnDirectory { get; init; }

    /// <summary>Every setting as <c>name=value (origin)</c>.</summary>
    public IReadOnlyList<string> Effective { get; init; } = [];
}
