using System.Runtime.InteropServices;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>The scripts that bring or compile the CUDA library, with a package manager and a compiler that only pretend.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class CudaScriptsTests : IDisposable
{
    private const string Cpu = "node_modules/@node-llama-cpp/linux-x64/bins/linux-x64";

    private readonly string _root = Directory.CreateTempSubdirectory("ilab-cuda-").FullName;

    private string Native => Path.Combine(_root, "native");

    private string Programs => Path.Combine(_root, "programs");

    public CudaScriptsTests()
    {
        Directory.CreateDirectory(Path.Combine(Native, "cuda"));
        Directory.CreateDirectory(Programs);
        var packaging = Path.Combine(TestPaths.Repository, "packaging", "native");
        foreach (var file in new[] { "install.sh", "package.json", "package-lock.json", "cuda/package.json", "cuda/package-lock.json", "build-cuda.sh" })
        {
            File.Copy(Path.Combine(packaging, file), Path.Combine(Native, file));
        }

        // Brings what `npm ci` would, and notes for which folder.
        Script.Write(
            Path.Combine(Programs, "npm"),
            """
            #!/bin/bash
            echo "$(basename "$PWD")" >>"$CALLS"
            for name in linux-x64 linux-arm64; do mkdir -p node_modules/@node-llama-cpp/$name/bins/$name; done
            if [ "$(basename "$PWD")" = cuda ]; then
                folder=node_modules/@node-llama-cpp/linux-x64-cuda/bins/linux-x64-cuda
                mkdir -p $folder; echo cuda >$folder/libggml-cuda.so; echo "${OTHER_BASE:-base}" >$folder/libggml-base.so
            else
                for name in linux-x64 linux-arm64; do
                    for file in libllama.v0.5.0.so libggml-base.so; do echo base >node_modules/@node-llama-cpp/$name/bins/$name/$file; done
                done
            fi
            """
        );
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task NothingOfCudaIsFetchedWithoutTheSwitch()
    {
        Assert.Equal(0, (await InstallAsync([])).ExitCode);
        Assert.Equal(["native"], Calls());
        Assert.False(Directory.Exists(Path.Combine(Native, "cuda", "node_modules")));
    }

    [SkippableFact]
    public async Task TheLibraryIsFetchedOnceAndPutBesideTheOthers()
    {
        RequireX64();
        for (var time = 0; time < 2; time++)
        {
            var result = await InstallAsync(["--cuda"]);
            Assert.Equal((0, Path.Combine(Native, Cpu)), (result.ExitCode, result.Output.Trim()));
        }

        Assert.Equal(["native", "cuda"], Calls());
        Assert.Equal("cuda\n", await File.ReadAllTextAsync(Path.Combine(Native, Cpu, "libggml-cuda.so")));
    }

    [SkippableFact]
    public async Task APackageOfAnotherBuildIsRefused()
    {
        RequireX64();
        var result = await InstallAsync(["--cuda"], ("OTHER_BASE", "another"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("the CUDA package was built with another libggml-base.so", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Native, Cpu, "libggml-cuda.so")));
    }

    [Fact]
    public async Task AnUnknownSwitchIsAMistake() => Assert.Equal(2, (await InstallAsync(["--cude"])).ExitCode);

    [Fact]
    public async Task ABuildThatRunsOutOfTimeGoesOnWhereItStopped()
    {
        var source = Source();
        var slow = await BuildAsync(source, ("COMPILE_SECONDS", "60"), ("BUILD_SECONDS", "1"));
        Assert.Equal(75, slow.ExitCode);
        Assert.Contains("files are compiled: run it again", slow.Error, StringComparison.Ordinal);

        // One that is compiled already is left alone.
        await File.WriteAllTextAsync(Path.Combine(_root, "out", "objects-90", "ggml-cuda.o"), "");
        var quick = await BuildAsync(source);
        Assert.True(quick.ExitCode == 0, quick.Error);
        Assert.Equal(Path.Combine(_root, "out", "libggml-cuda.so"), quick.Output.Trim());
        var compiled = Calls().Where(static call => call.StartsWith("done ", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain("done ggml-cuda.cu", compiled);
        string[] expected =
        [
            "done fattn-mma-f16.cu",
            "done fattn-tile-64.cu",
            "done fattn-vec-instance-bf16-bf16.cu",
            "done fattn-vec-instance-f16-f16.cu",
            "done fattn-vec-instance-q4_0-q4_0.cu",
            "done fattn-vec-instance-q8_0-q8_0.cu",
            "done fattn.cu",
            "done link",
            "done mmf-1.cu",
            "done mmq-1.cu",
            "done mmvq.cu",
        ];
        Assert.Equal(expected, compiled.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AFileThatDoesNotCompileIsNamedWithTheCompilersWords()
    {
        var source = Source();
        await File.AppendAllTextAsync(Path.Combine(source, "ggml/src/ggml-cuda/mmvq.cu"), "BROKEN\n");
        var result = await BuildAsync(source);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Error: mmvq.cu:\nthat is broken", result.Error, StringComparison.Ordinal);
    }

    private static void RequireX64() => Skip.IfNot(RuntimeInformation.OSArchitecture == Architecture.X64, "the CUDA package is for x86-64 alone");

    private string[] Calls() => File.Exists(Path.Combine(_root, "calls")) ? File.ReadAllLines(Path.Combine(_root, "calls")) : [];

    private Task<CommandResult> InstallAsync(string[] arguments, params (string Name, string Value)[] variables) =>
        Script.RunAsync(Path.Combine(Native, "install.sh"), Variables(variables), arguments);

    private Task<CommandResult> BuildAsync(string source, params (string Name, string Value)[] variables)
    {
        // A toolkit: nvcc, and the files that are looked for.
        var toolkit = Path.Combine(_root, "toolkit");
        Directory.CreateDirectory(Path.Combine(toolkit, "bin"));
        Script.Write(
            Path.Combine(toolkit, "bin", "nvcc"),
            """
            #!/bin/bash
            if [ "$1" = --version ]; then echo "Cuda compilation tools, release 13.0, V13.0.48"; exit; fi
            [[ " $* " == *" arch=compute_90,code=sm_90 "* || " $* " == *" -shared "* ]] || { echo "for which GPU?" >&2; exit 1; }
            while [ $# -gt 0 ]; do case $1 in -o) out=$2 ;; *.cu) file=$1 ;; esac; shift; done
            sleep "${COMPILE_SECONDS:-0}"
            if [ -n "${file-}" ] && grep -q BROKEN "$file"; then echo "that is broken" >&2; exit 1; fi
            touch "$out"
            echo "done $(basename "${file-link}")" >>"$CALLS"
            """
        );
        foreach (var file in new[] { "cublas_v2.h", "libcublas.so", "libcuda.so", "libggml-base.so" })
        {
            File.WriteAllText(Path.Combine(toolkit, file), "");
        }

        return Script.RunAsync(
            Path.Combine(Native, "build-cuda.sh"),
            Variables([.. variables, ("CUDA_HOME", toolkit)]),
            source,
            toolkit,
            Path.Combine(_root, "out"),
            "90"
        );
    }

    /// <summary>A few files with the names of ggml's.</summary>
    private string Source()
    {
        var kernels = Path.Combine(_root, "source", "ggml", "src", "ggml-cuda");
        Directory.CreateDirectory(Path.Combine(kernels, "template-instances"));
        string[] pairs = ["q4_0-q4_0", "q8_0-q8_0", "f16-f16", "bf16-bf16", "f16-q4_0"];
        string[] instances = ["fattn-mma-f16", "fattn-tile-64", "mmq-1", "mmf-1", .. pairs.Select(static pair => $"fattn-vec-instance-{pair}")];
        foreach (var file in new[] { "ggml-cuda", "mmvq", "fattn" }.Concat(instances.Select(static instance => $"template-instances/{instance}")))
        {
            File.WriteAllText(Path.Combine(kernels, file + ".cu"), "// kernels\n");
        }

        return Path.Combine(_root, "source");
    }

    private Dictionary<string, string> Variables((string Name, string Value)[] more)
    {
        var variables = new Dictionary<string, string>
        {
            ["PATH"] = $"{Programs}:/usr/bin:/bin",
            ["CALLS"] = Path.Combine(_root, "calls"),
            ["HOME"] = _root,
        };
        foreach (var (name, value) in more)
        {
            variables[name] = value;
        }

        return variables;
    }
}
