using System.Reflection;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Loading;

/// <summary>
/// Loads llama.cpp from one folder, by full path, and refuses other versions than the one that this binding was made for. Nothing native is
/// touched before <see cref="Load"/>; it is called once, early, and its error says what is wrong with which folder.
/// </summary>
public static class NativeLibraries
{
    /// <summary>The llama.cpp release that the structs and functions of this binding are those of.</summary>
    public const string PinnedVersion = "0.5.0";

    private static readonly Lock Gate = new();
    private static IReadOnlyDictionary<string, nint> _loaded = new Dictionary<string, nint>();
    private static string? _directory;

    /// <summary>Version as the library itself says it, once loaded.</summary>
    public static string Version { get; private set; } = "";

    /// <summary>Where a runner looks when it is not told: <c>native</c> beside the program.</summary>
    public static string DefaultDirectory => Path.Combine(AppContext.BaseDirectory, "native");

    /// <param name="directory">Folder with libllama, libggml, libggml-base and the libggml-cpu variants.</param>
    /// <exception cref="LlamaException">The folder, a file or its version is not right.</exception>
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

    /// <summary>The file of a library in a folder: the pinned name, else the plain one; null when neither is there.</summary>
    public static string? FindFile(string directory, string library)
    {
        string[] names = [$"lib{library}.v{PinnedVersion}.so", $"lib{library}.so"];
        return names.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
    }

    /// <returns>Handles by the names that imports use.</returns>
    /// <exception cref="LlamaException">The folder is not there, lacks a library, or has one that is none.</exception>
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

    /// <summary>Whether a reported version is the pinned one; a suffix such as <c>-dev</c> names the same interface.</summary>
    internal static bool IsPinned(string version) => version == PinnedVersion || version.StartsWith(PinnedVersion + "-", StringComparison.Ordinal);
}
