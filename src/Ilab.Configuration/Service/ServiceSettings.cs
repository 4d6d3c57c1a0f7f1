using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Service;

/// <summary>The settings of ilabd: rows of the table of settings, in its own order.</summary>
public static class ServiceSettings
{
    public static IReadOnlyList<ServiceSetting> All { get; } =
    [
        new(
            "store",
            SettingType.Path,
            "directory of models, jobs and the database",
            "",
            static (options, value) => options with { Paths = options.Paths with { StoreDirectory = Path.GetFullPath(value) } }
        ),
        new(
            "runtime-dir",
            SettingType.Path,
            "directory of the socket and the runners",
            "",
            static (options, value) => options with { Paths = options.Paths with { RuntimeDirectory = Path.GetFullPath(value) } }
        ),
        new("socket", SettingType.Path, "path of the socket", "", static (options, value) => options with { Socket = Path.GetFullPath(value) }),
        new(
            "policy",
            SettingType.Path,
            "file that says who may do what; without one, see docs/security.md",
            "",
            static (options, value) => options with { PolicyPath = Path.GetFullPath(value), IsPolicyRequired = true }
        ),
        new(
            "http",
            SettingType.Endpoint(Values.UsualHttpPort),
            "serve the HTTP APIs (docs/http.md) at ADDRESS[:PORT] or PORT; without a value 127.0.0.1:8000",
            "off",
            static (options, value) => options with { Http = Values.Endpoint(value, Values.UsualHttpPort) }
        )
        {
            Bare = "on",
        },
        new(
            "http-origins",
            SettingType.List,
            "web origins beside those of this machine that may use the HTTP APIs, separated by commas; * = all",
            "",
            static (options, value) => options with { HttpOrigins = Values.List(value) }
        ),
        new(
            "http-hosts",
            SettingType.List,
            "names beside localhost that requests on the loopback interface may be addressed to, separated by commas",
            "",
            static (options, value) => options with { HttpHosts = Values.List(value) }
        ),
        new(
            "grpc",
            SettingType.Endpoint(Values.UsualGrpcPort),
            "serve gRPC over TCP (docs/security.md) at ADDRESS[:PORT] or PORT; without a value 127.0.0.1:8001",
            "off",
            static (options, value) => options with { Grpc = Values.Endpoint(value, Values.UsualGrpcPort) }
        )
        {
            Bare = "on",
        },
        new(
            "tls-cert",
            SettingType.Path,
            "certificate with its chain (PEM): HTTP and gRPC over TCP are served over TLS; credential:NAME = a systemd credential",
            "",
            static (options, value) => options with { TlsCertificate = Values.File(value) }
        ),
        new(
            "tls-key",
            SettingType.Path,
            "key of the certificate (PEM), if in another file",
            "",
            static (options, value) => options with { TlsKey = Values.File(value) }
        ),
        new(
            "tls-client-ca",
            SettingType.Path,
            "certificate authorities (PEM) of client certificates, which the policy maps to users",
            "",
            static (options, value) => options with { TlsClientAuthorities = Values.File(value) }
        ),
        new(
            "otlp",
            SettingType.WebAddress,
            "send traces and metrics to an OpenTelemetry collector: http://HOST:4317 (gRPC) or http://HOST:4318 (HTTP); OTEL_ variables work, too",
            "",
            static (options, value) => options with { Otlp = Values.HttpAddress(value) }
        ),
        new(
            "runner",
            SettingType.Path,
            "path of the ilab-runner program",
            "",
            static (options, value) => options with { RunnerPath = Path.GetFullPath(value) }
        ),
        new(
            "native",
            SettingType.Path,
            "directory of the llama.cpp libraries",
            "",
            static (options, value) => options with { NativeDirectory = Path.GetFullPath(value) }
        ),
        new(
            "log-level",
            SettingType.Choice("debug", "information", "info", "warning", "error"),
            "debug, information, warning or error",
            "information",
            static (options, value) => options with { LogLevel = Values.Level(value) }
        ),
        new(
            "log-format",
            SettingType.Choice("text", "json"),
            "text or json",
            "text",
            static (options, value) => options with { JsonLog = Values.OneOf(value, "text", "json") == "json" }
        ),
        new(
            "keep-alive",
            SettingType.Duration,
            "how long an idle model stays loaded: 30s, 5m, 2h, -1 = forever",
            "5m",
            static (options, value) => options with { KeepAlive = Values.Duration(value) }
        ),
        new(
            "idle-exit",
            SettingType.Or("never", SettingType.Duration),
            "exit after being idle for this long, or never",
            "never",
            static (options, value) => options with { IdleExit = value == "never" ? null : Values.Duration(value) }
        ),
        new(
            "memory-limit",
            SettingType.Size,
            "memory for models and training: 8G, 512M; 0 = the machine's memory minus a reserve",
            "0",
            static (options, value) => options with { MemoryLimit = Values.Bytes(value) }
        ),
        new(
            "threads",
            SettingType.Integer(0, 1024, "threads"),
            "maximum threads per runner; 0 = all cores",
            "0",
            static (options, value) => options with { Threads = Values.Number(value, 0, 1024) }
        ),
        new(
            "parallel",
            SettingType.Integer(1, 256, "requests"),
            "requests that a model answers at once",
            "32",
            static (options, value) => options with { Parallel = Values.Number(value, 1, 256) }
        ),
        new(
            "queue",
            SettingType.Integer(0, 1 << 16, "requests"),
            "requests that may wait for a model, beside those that it answers; more are refused",
            "256",
            static (options, value) => options with { Queue = Values.Number(value, 0, 1 << 16) }
        ),
        new(
            "prompt-cache",
            SettingType.Size,
            "disk space for prompts that models have read, for when they are loaded again: 8G, 512M; 0 = none are kept",
            "2G",
            static (options, value) => options with { PromptCache = Values.Bytes(value) }
        ),
        new(
            "speculation",
            SettingType.Choice("auto", "off"),
            "guess the next tokens of greedy answers from what the text has said before, and compute several at once: auto = where it is faster, or off",
            "auto",
            static (options, value) => options with { Speculation = Values.OneOf(value, "auto", "off") == "auto" }
        ),
        new(
            "accelerator",
            SettingType.Choice("auto", "off", "strict"),
            "use oneDNN for matrix multiplications on the CPU: auto, off, or strict = for every batch size",
            "auto",
            static (options, value) => options with { Accelerator = Enum.Parse<AcceleratorUse>(Values.OneOf(value, "auto", "off", "strict"), ignoreCase: true) }
        ),
        new(
            "embeddings",
            SettingType.Choice("fast", "exact"),
            "compute embeddings and rankings on the CPU: fast = with the accelerator, or exact = as llama.cpp alone does, digit by digit",
            "fast",
            static (options, value) => options with { ExactEmbeddings = Values.OneOf(value, "fast", "exact") == "exact" }
        ),
        new(
            "accelerator-memory",
            SettingType.Or("all", SettingType.Size),
            "memory limit for packed weights of the accelerator, per model: 2G; 0 = none; all = unlimited",
            "all",
            static (options, value) => options with { AcceleratorMemory = value == "all" ? long.MaxValue : Values.Bytes(value) }
        ),
        new(
            "onednn",
            SettingType.Path,
            "directory of the oneDNN library",
            "",
            static (options, value) => options with { OneDnnDirectory = Path.GetFullPath(value) }
        ),
        new(
            "device",
            SettingType.Device,
            "default device for models: auto = a usable GPU, else the CPU; cpu; cuda0, cuda1, ...",
            "auto",
            static (options, value) => options with { Device = Values.Device(value) }
        ),
        new(
            "context-length",
            SettingType.Integer(0, 1 << 24, "tokens"),
            "context length per sequence; 0 = the model's, at most 8192",
            "0",
            static (options, value) => options with { ContextLength = Values.Number(value, 0, 1 << 24) }
        ),
    ];
}
