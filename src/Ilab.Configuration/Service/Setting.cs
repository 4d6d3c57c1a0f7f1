namespace Ilab.Configuration.Service;

/// <summary>One setting: a row of the table that the parser, the help and the documentation come from.</summary>
/// <param name="Name">As in the file and after <c>--</c>; upper case with '_' after <c>ILAB_</c> in the environment.</param>
/// <param name="Meaning">For the help.</param>
/// <param name="Default">As text; empty = decided at start.</param>
/// <param name="Apply">Sets it; throws <see cref="FormatException"/> saying what would be right.</param>
public sealed record Setting(string Name, string Meaning, string Default, Func<ServiceOptions, string, ServiceOptions> Apply)
{
    /// <summary>What the option means without a value; null = it needs one.</summary>
    public string? Bare { get; init; }

    public string Variable => "ILAB_" + Name.Replace('-', '_').ToUpperInvariant();

    public static IReadOnlyList<Setting> All { get; } =
    [
        new(
            "store",
            "directory of models, jobs and the database",
            "",
            static (options, value) => options with { Paths = options.Paths with { StoreDirectory = Path.GetFullPath(value) } }
        ),
        new(
            "runtime-dir",
            "directory of the socket and the runners",
            "",
            static (options, value) => options with { Paths = options.Paths with { RuntimeDirectory = Path.GetFullPath(value) } }
        ),
        new("socket", "path of the socket", "", static (options, value) => options with { Socket = Path.GetFullPath(value) }),
        new(
            "policy",
            "file that says who may do what; without one, see docs/security.md",
            "",
            static (options, value) => options with { PolicyPath = Path.GetFullPath(value), IsPolicyRequired = true }
        ),
        new(
            "http",
            "serve the HTTP APIs (docs/http.md) at ADDRESS[:PORT] or PORT; without a value 127.0.0.1:8000",
            "off",
            static (options, value) => options with { Http = Values.Endpoint(value, Values.UsualHttpPort) }
        )
        {
            Bare = "on",
        },
        new(
            "http-origins",
            "web origins beside those of this machine that may use the HTTP APIs, separated by commas; * = all",
            "",
            static (options, value) => options with { HttpOrigins = Values.List(value) }
        ),
        new(
            "http-hosts",
            "names beside localhost that requests on the loopback interface may be addressed to, separated by commas",
            "",
            static (options, value) => options with { HttpHosts = Values.List(value) }
        ),
        new(
            "grpc",
            "serve gRPC over TCP (docs/security.md) at ADDRESS[:PORT] or PORT; without a value 127.0.0.1:8001",
            "off",
            static (options, value) => options with { Grpc = Values.Endpoint(value, Values.UsualGrpcPort) }
        )
        {
            Bare = "on",
        },
        new(
            "tls-cert",
            "certificate with its chain (PEM): HTTP and gRPC over TCP are served over TLS; credential:NAME = a systemd credential",
            "",
            static (options, value) => options with { TlsCertificate = Values.File(value) }
        ),
        new("tls-key", "key of the certificate (PEM), if in another file", "", static (options, value) => options with { TlsKey = Values.File(value) }),
        new(
            "tls-client-ca",
            "certificate authorities (PEM) of client certificates, which the policy maps to users",
            "",
            static (options, value) => options with { TlsClientAuthorities = Values.File(value) }
        ),
        new(
            "otlp",
            "send traces and metrics to an OpenTelemetry collector: http://HOST:4317 (gRPC) or http://HOST:4318 (HTTP); OTEL_ variables work, too",
            "",
            static (options, value) => options with { Otlp = Values.HttpAddress(value) }
        ),
        new("runner", "path of the ilab-runner program", "", static (options, value) => options with { RunnerPath = Path.GetFullPath(value) }),
        new("native", "directory of the llama.cpp libraries", "", static (options, value) => options with { NativeDirectory = Path.GetFullPath(value) }),
        new("log-level", "debug, information, warning or error", "information", static (options, value) => options with { LogLevel = Values.Level(value) }),
        new("log-format", "text or json", "text", static (options, value) => options with { JsonLog = Values.OneOf(value, "text", "json") == "json" }),
        new(
            "keep-alive",
            "how long an idle model stays loaded: 30s, 5m, 2h, -1 = forever",
            "5m",
            static (options, value) => options with { KeepAlive = Values.Duration(value) }
        ),
        new(
            "idle-exit",
            "exit after being idle for this long, or never",
            "never",
            static (options, value) => options with { IdleExit = value == "never" ? null : Values.Duration(value) }
        ),
        new(
            "memory-limit",
            "memory for models and training: 8G, 512M; 0 = the machine's memory minus a reserve",
            "0",
            static (options, value) => options with { MemoryLimit = Values.Bytes(value) }
        ),
        new("threads", "maximum threads per runner; 0 = all cores", "0", static (options, value) => options with { Threads = Values.Number(value, 0, 1024) }),
        new("parallel", "requests that a model answers at once", "32", static (options, value) => options with { Parallel = Values.Number(value, 1, 256) }),
        new(
            "queue",
            "requests that may wait for a model, beside those that it answers; more are refused",
            "256",
            static (options, value) => options with { Queue = Values.Number(value, 0, 1 << 16) }
        ),
        new(
            "prompt-cache",
            "disk space for prompts that models have read, for when they are loaded again: 8G, 512M; 0 = none are kept",
            "2G",
            static (options, value) => options with { PromptCache = Values.Bytes(value) }
        ),
        new(
            "speculation",
            "guess the next tokens of greedy answers from what the text has said before, and compute several at once: auto = where it is faster, or off",
            "auto",
            static (options, value) => options with { Speculation = Values.OneOf(value, "auto", "off") == "auto" }
        ),
        new(
            "accelerator",
            "use oneDNN for matrix multiplications on the CPU: auto, off, or strict = for every batch size",
            "auto",
            static (options, value) => options with { Accelerator = Enum.Parse<AcceleratorUse>(Values.OneOf(value, "auto", "off", "strict"), ignoreCase: true) }
        ),
        new(
            "accelerator-memory",
            "memory limit for packed weights of the accelerator, per model: 2G; 0 = none; all = unlimited",
            "all",
            static (options, value) => options with { AcceleratorMemory = value == "all" ? long.MaxValue : Values.Bytes(value) }
        ),
        new("onednn", "directory of the oneDNN library", "", static (options, value) => options with { OneDnnDirectory = Path.GetFullPath(value) }),
        new(
            "device",
            "default device for models: auto = a usable GPU, else the CPU; cpu; cuda0, cuda1, ...",
            "auto",
            static (options, value) => options with { Device = Values.Device(value) }
        ),
        new(
            "context-length",
            "context length per sequence; 0 = the model's, at most 8192",
            "0",
            static (options, value) => options with { ContextLength = Values.Number(value, 0, 1 << 24) }
        ),
    ];
}
