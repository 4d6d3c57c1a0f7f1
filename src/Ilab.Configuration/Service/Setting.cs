namespace Ilab.Configuration.Service;

/// <summary>One setting: a row of the table that the parser, the help and the documentation come from.</summary>
/// <param name="Name">As in the file and after <c>--</c>; upper case with '_' after <c>ILAB_</c> in the environment.</param>
/// <param name="Meaning">For the help.</param>
/// <param name="Default">As text; empty = decided at start.</param>
/// <param name="Apply">Sets it; throws <see cref="FormatException"/> saying what would be right.</param>
public sealed record Setting(string Name, string Meaning, string Default, Func<ServiceOptions, string, ServiceOptions> Apply)
{
    public string Variable => "ILAB_" + Name.Replace('-', '_').ToUpperInvariant();

    public static IReadOnlyList<Setting> All { get; } =
    [
        new(
            "store",
            "folder of models, jobs and the database",
            "",
            static (options, value) => options with { Paths = options.Paths with { StoreDirectory = Path.GetFullPath(value) } }
        ),
        new(
            "runtime-dir",
            "folder of the socket and of the runners",
            "",
            static (options, value) => options with { Paths = options.Paths with { RuntimeDirectory = Path.GetFullPath(value) } }
        ),
        new("socket", "path of the socket", "", static (options, value) => options with { Socket = Path.GetFullPath(value) }),
        new("runner", "the ilab-runner program", "", static (options, value) => options with { RunnerPath = Path.GetFullPath(value) }),
        new("native", "folder of the llama.cpp libraries", "", static (options, value) => options with { NativeDirectory = Path.GetFullPath(value) }),
        new("log-level", "debug, information, warning or error", "information", static (options, value) => options with { LogLevel = Values.Level(value) }),
        new("log-format", "text or json", "text", static (options, value) => options with { JsonLog = Values.OneOf(value, "text", "json") == "json" }),
        new(
            "keep-alive",
            "how long an idle model stays loaded: 30s, 5m, 2h, -1 = for ever",
            "5m",
            static (options, value) => options with { KeepAlive = Values.Duration(value) }
        ),
        new(
            "idle-exit",
            "ends the service after so long with nothing to do; never = stays",
            "never",
            static (options, value) => options with { IdleExit = value == "never" ? null : Values.Duration(value) }
        ),
        new(
            "memory-limit",
            "memory for models and trainings: 8G, 512M; 0 = what the machine has, less a reserve",
            "0",
            static (options, value) => options with { MemoryLimit = Values.Bytes(value) }
        ),
        new(
            "threads",
            "threads of a runner; 0 = the machine's cores",
            "0",
            static (options, value) => options with { Threads = Values.Number(value, 0, 1024) }
        ),
        new(
            "parallel",
            "sequences that decode together in one runner",
            "8",
            static (options, value) => options with { Parallel = Values.Number(value, 1, 256) }
        ),
        new(
            "accelerator",
            "matrix products of the CPU by oneDNN: auto, off, or strict = for every batch alike",
            "auto",
            static (options, value) => options with { Accelerator = Enum.Parse<AcceleratorUse>(Values.OneOf(value, "auto", "off", "strict"), ignoreCase: true) }
        ),
        new(
            "accelerator-memory",
            "memory that the accelerator's copies of one model's weights may take: 2G; 0 = none; all = what they need",
            "all",
            static (options, value) => options with { AcceleratorMemory = value == "all" ? long.MaxValue : Values.Bytes(value) }
        ),
        new("onednn", "folder of the oneDNN library", "", static (options, value) => options with { OneDnnDirectory = Path.GetFullPath(value) }),
        new(
            "device",
            "where models are loaded when a request does not say: auto = a GPU that can be used, else the CPU; cpu; cuda0, cuda1, ...",
            "auto",
            static (options, value) => options with { Device = Values.Device(value) }
        ),
        new(
            "context-length",
            "tokens of one sequence; 0 = the model's own, at most 8192",
            "0",
            static (options, value) => options with { ContextLength = Values.Number(value, 0, 1 << 24) }
        ),
    ];
}
