using System.Reflection;
using System.Runtime.InteropServices;
using Ilab.Native.OneDnn.Interop;

namespace Ilab.Native.OneDnn.Loading;

/// <summary>
/// oneDNN as found on this machine: the distribution's package, or the folder that was named. It is not required: what is wrong with it is a sentence, not a
/// failure.
/// </summary>
public sealed unsafe partial class OneDnnLibrary
{
    private const uint SequentialRuntime = 1;
    private const uint OpenMpRuntime = 2;

    /// <summary>AVX512 with BF16 dot products, as oneDNN's own bits say it; its environment variable ONEDNN_MAX_CPU_ISA masks them.</summary>
    private const int Avx512Bf16 = 0xe7;

    private static readonly string[] Names = ["libdnnl.so.3", "libdnnl.so.3.6", "libdnnl.so.2"];
    private static readonly Lock Gate = new();
    private static OneDnnLibrary? _loaded;
    private static nint _handle;

    private readonly delegate* unmanaged[Cdecl]<int, void> _setOpenMpThreads;

    private OneDnnLibrary(string version, string path, int isa, Descriptors descriptors, nint engine, nint setOpenMpThreads)
    {
        Version = version;
        Path = path;
        InstructionSet = isa;
        Descriptors = descriptors;
        Engine = engine;
        _setOpenMpThreads = (delegate* unmanaged[Cdecl]<int, void>)setOpenMpThreads;
    }

    /// <summary>For example 2.6.3.</summary>
    public string Version { get; }

    /// <summary>The file, or the name that the loader found it by.</summary>
    public string Path { get; }

    /// <summary>oneDNN's bits of what the CPU can do and the user allows.</summary>
    public int InstructionSet { get; }

    internal Descriptors Descriptors { get; }

    internal nint Engine { get; }

    /// <summary>omp_set_num_threads, or null when oneDNN uses no OpenMP.</summary>
    internal delegate* unmanaged[Cdecl]<int, void> SetOpenMpThreads => _setOpenMpThreads;

    /// <param name="directory">Folder with libdnnl.so.*; null = where the system's loader looks.</param>
    /// <param name="reason">Why there is none.</param>
    /// <returns>Null when it is not there, of another version, or of no use on this CPU.</returns>
    public static OneDnnLibrary? TryLoad(string? directory, out string reason)
    {
        lock (Gate)
        {
            reason = "";
            if (_loaded is not null)
            {
                return _loaded;
            }

            var path = Open(directory);
            if (path is null)
            {
                reason = directory is null
                    ? "oneDNN is not installed (Debian and Ubuntu: libdnnl2 or libdnnl3.6)"
                    : $"{directory} holds no libdnnl.so.2 or libdnnl.so.3";
                return null;
            }

            try
            {
                return _loaded = Examine(path, out reason);
            }
            catch (Exception exception) when (exception is OneDnnException or EntryPointNotFoundException)
            {
                reason = $"{path}: {exception.Message}";
                return null;
            }
        }
    }

    /// <summary>A callback runs on one of ggml's threads and may use no others; this is remembered for each thread.</summary>
    internal void UseOneThread()
    {
        if (_setOpenMpThreads != null)
        {
            _setOpenMpThreads(1);
        }
    }

    private static string? Open(string? directory)
    {
        // ggml loads the configuration of AMX's tiles once in a thread; oneDNN's AMX kernels release it, and ggml's next product would end the process.
        _ = setenv("DNNL_MAX_CPU_ISA", "AVX512_CORE_BF16", 0);
        foreach (var name in Names)
        {
            var path = directory is null ? name : System.IO.Path.Combine(directory, name);
            if ((_handle != 0 || NativeLibrary.TryLoad(path, out _handle)) && _handle != 0)
            {
                SetResolver();
                return path;
            }
        }

        return null;
    }

    private static void SetResolver()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), static (name, _, _) => name == OneDnnApi.Library ? _handle : 0);
        }
        catch (InvalidOperationException)
        {
            // Set by an earlier attempt.
        }
    }

    private static OneDnnLibrary? Examine(string path, out string reason)
    {
        var info = *OneDnnApi.dnnl_version();
        var version = $"{info.major}.{info.minor}.{info.patch}";
        if (info is { major: not (2 or 3) } or { major: 2, minor: < 6 })
        {
            reason = $"oneDNN {version} ({path}) is not one of the versions that are known: 2.6 and later, 3.x";
            return null; // it may lack the functions that are asked next
        }

        var isa = OneDnnApi.dnnl_get_effective_cpu_isa();
        reason = info switch
        {
            { cpu_runtime: not (SequentialRuntime or OpenMpRuntime) } => $"oneDNN {version} was built for another threading library than OpenMP",
            _ when (isa & Avx512Bf16) != Avx512Bf16 => "this CPU (or ONEDNN_MAX_CPU_ISA) has no AVX512-BF16, without which nothing is gained",
            _ => "",
        };
        if (reason.Length > 0)
        {
            return null;
        }

        nint setThreads = 0;
        if (info.cpu_runtime == OpenMpRuntime && !TryFindOpenMp(out setThreads))
        {
            reason = $"oneDNN {version} was built for OpenMP, but libgomp cannot be told to use one thread";
            return null;
        }

        nint engine;
        Check.Ok(OneDnnApi.dnnl_engine_create(&engine, OneDnnApi.CpuEngine, 0), "engine");
        return new OneDnnLibrary(version, path, isa, Descriptors.Of(info.major), engine, setThreads);
    }

    /// <summary>The runtime's own way does not reach native code.</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    private static bool TryFindOpenMp(out nint function)
    {
        function = 0;
        return NativeLibrary.TryLoad("libgomp.so.1", out var library) && NativeLibrary.TryGetExport(library, "omp_set_num_threads", out function);
    }
}
