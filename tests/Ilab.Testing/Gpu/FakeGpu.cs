using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace Ilab.Testing.Gpu;

/// <summary>
/// A GPU that is not there: a driver's management library (<c>nvml.c</c>) that describes one, and a ggml backend (<c>cuda.c</c>) on which the CPU computes.
/// Both are compiled by gcc when a test needs them. <c>CUDA_FAKE_*</c> variables say what the GPU is like.
/// </summary>
public static class FakeGpu
{
    public const string Compiler = "/usr/bin/gcc";
    public const string Library = "libggml-cuda.so";
    private const int ContainerHeader = 16,
        EntryHeader = 64;

    /// <summary>Compiles <c>libnvidia-ml.so.1</c> into a folder that <c>LD_LIBRARY_PATH</c> is to name.</summary>
    public static Task CompileDriverAsync(string folder) => CompileAsync("nvml.c", Path.Combine(folder, "libnvidia-ml.so.1"));

    /// <summary>Makes a folder of llama.cpp libraries that has a CUDA backend: links to the real ones, and the one that is compiled.</summary>
    /// <param name="folder">Where to; made when it is not there.</param>
    /// <param name="libraries">The folder of the real ones.</param>
    public static async Task CompileBackendAsync(string folder, string libraries)
    {
        Link(folder, libraries);
        await CompileAsync("cuda.c", Path.Combine(folder, Library), $"-L{libraries}", "-l:libggml-base.so", "-l:libggml.v0.5.0.so", "-Wl,--no-as-needed");
    }

    /// <summary>Links to the real libraries alone.</summary>
    public static void Link(string folder, string libraries)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(libraries, "*.so*").Where(static file => Path.GetFileName(file) != Library))
        {
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        }
    }

    /// <summary>Appends to a library what a real one has inside: the name of the CUDA runtime that it needs, and GPU code.</summary>
    public static void AddCode(string library, int cudaMajor, params (bool IsPtx, int Architecture)[] codes)
    {
        using var file = new FileStream(library, FileMode.Append);
        file.Write(Encoding.ASCII.GetBytes($"\0libcudart.so.{cudaMajor}\0"));
        file.Write(Container(codes));
    }

    /// <summary>A container of GPU code as nvcc makes them, with a few bytes of code for each architecture (90 = 9.0).</summary>
    public static byte[] Container(params (bool IsPtx, int Architecture)[] codes)
    {
        const int CodeSize = 24,
            Entry = EntryHeader + CodeSize;
        var bytes = new byte[ContainerHeader + (codes.Length * Entry)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0xBA55ED50);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), ContainerHeader);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), codes.Length * Entry);
        for (var index = 0; index < codes.Length; index++)
        {
            var entry = bytes.AsSpan(ContainerHeader + (index * Entry), Entry);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)(codes[index].IsPtx ? 1 : 2));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], EntryHeader);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], CodeSize);
            BinaryPrimitives.WriteInt32LittleEndian(entry[28..], codes[index].Architecture);
        }

        return bytes;
    }

    private static async Task CompileAsync(string source, string target, params string[] options)
    {
        var file = Path.Combine(TestPaths.Repository, "tests", "Ilab.Testing", "Gpu", source);
        var start = new ProcessStartInfo(Compiler, ["-shared", "-fPIC", "-O1", "-w", "-o", target, file, .. options]) { RedirectStandardError = true };
        using var gcc = Process.Start(start)!;
        var errors = await gcc.StandardError.ReadToEndAsync();
        await gcc.WaitForExitAsync();
        if (gcc.ExitCode != 0)
        {
            throw new InvalidOperationException($"gcc {source}: {errors}");
        }
    }
}
