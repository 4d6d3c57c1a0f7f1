using System.Reflection;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Loading;

/// <summary>
/// Loads llama.cpp from a directory by full path, and rejects versions other than the one this binding was written for. No native code is used before <see
/// cref="Load"/>; it is called once, early, and its errors name the directory and the problem.
/// </summary>
public static class NativeLibraries
{
    /// <summary>The llama.cpp release whose structs and functions this binding mirrors.</summary>
    public const string PinnedVersion = "0.5.0";

    private static readonly Lock Gate = new();
    private static IReadOnlyDictionary<string, nint> _loaded = new Dictionary<string, nint>();
    private static string? _directory;

    /// <summary>The version reported by the library, once loaded.</summary>
    public static string Version { get; private set; } = "";

    /// <summary>Default directory of a runner: <c>native</c> next to the program.</summary>
    public static string DefaultDirectory => Path.Combine(AppContext.BaseDirectory, "native");

    /// <param name="directory">Directory with libllama, libggml, libggml-base and the libggml-cpu variants.</param>
    /// <exception cref="LlamaException">The directory, a file or its version is invalid.</exception>
    public static void Load(string directory)
    {
        lock (Gate)
        {
            if (_directory is not null)
            {
                if (_directory != directory)
                {
                    throw new LlamaException($"llama.cpp is already loaded from {_directory}");
                }

                return;
            }

            _loaded = OpenFiles(directory);
            Version = CheckVersion(directory, _loaded[Library.Llama]);
            _directory = directory;
            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), static (name, _, _) => _loaded.GetValueOrDefault(name));
            GgmlApi.ggml_backend_load_all_from_path(directory);
            if (GgmlApi.ggml_backend_dev_count() == 0)
            {
                throw new LlamaException($"{directory} holds no usable compute backend (libggml-cpu-*.so)");
            }

            LlamaApi.llama_backend_init();
        }
    }

    /// <summary>The path of a library in a directory: the pinned file name, else the plain one; null if neither exists.</summary>
    public static string? FindFile(string directory, string library)
    {
        string[] names = [$"lib{library}.v{PinnedVersion}.so", $"lib{library}.so"];
        return names.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
    }

    /// <returns>Handles by import name.</returns>
    /// <exception cref="LlamaException">The directory does not exist, or a library is missing or invalid.</exception>
    internal static IReadOnlyDictionary<string, nint> OpenFiles(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new LlamaException($"the folder of the llama.cpp libraries, {directory}, is not there");
        }

        var handles = new Dictionary<string, nint>();
        string[] order = [Library.GgmlBase, Library.Ggml, Library.Llama];
        foreach (var library in order)
        {
            var file =
                FindFile(directory, library)
                ?? throw new LlamaException($"{directory} has no lib{library}.so: it does not hold the llama.cpp libraries of version {PinnedVersion}");
            try
            {
                handles[library] = NativeLibrary.Load(file);
            }
            catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
            {
                throw new LlamaException($"{file} cannot be loaded: {exception.Message.ReplaceLineEndings(" ")}");
            }
        }

        return handles;
    }

    private static unsafe string CheckVersion(string directory, nint llama)
    {
        if (!NativeLibrary.TryGetExport(llama, "llama_version", out var function))
        {
            throw new LlamaException($"the llama.cpp libraries in {directory} are older than version {PinnedVersion}, the one that is needed");
        }

        var version = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<byte*>)function)()) ?? "";
        return IsPinned(version) ? version : throw new LlamaException($"the llama.cpp libraries in {directory} are version {version}, not {PinnedVersion}");
    }

    /// <summary>Whether a reported version is the pinned one; a suffix such as <c>-dev</c> has the same interface.</summary>
    internal static bool IsPinned(string version) => version == PinnedVersion || version.StartsWith(PinnedVersion + "-", StringComparison.Ordinal);
}
