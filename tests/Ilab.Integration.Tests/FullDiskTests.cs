using System.Diagnostics;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A store on a disk of eight MiB.</summary>
public sealed class FullDiskTests
{
    [SkippableTheory]
    [InlineData(40)]
    [InlineData(7)]
    public async Task AnImportThatDoesNotFitSaysSoAndLeavesNothing(int mebibytes)
    {
        await using var ilab = new IlabInstallation();
        var store = Directory.CreateDirectory(Path.Combine(ilab.Root, "store")).FullName;
        Skip.IfNot(
            Environment.UserName == "root" && await RunAsync("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", store) == 0,
            "needs root and the right to mount"
        );
        try
        {
            await ilab.StartAsync();
            var file = Path.Combine(ilab.Root, "big.gguf");
            BenchmarkModels.WriteOfSize(file, (long)mebibytes << 20);
            if (mebibytes < 8)
            {
                // Fits when it begins, and then somebody else takes the space.
                await File.WriteAllBytesAsync(Path.Combine(store, "others"), new byte[3 << 20]);
            }

            var result = (await ilab.RunAsync("model", "import", file)).Expect(125);
            Assert.StartsWith("Error: no space left", result.Error, StringComparison.Ordinal);
            Assert.Equal(1, result.Error.Count(static character => character == '\n'));
            Assert.Empty(Directory.GetFiles(Path.Combine(store, "content"), "*", SearchOption.AllDirectories));
            var small = Path.Combine(ilab.Root, "small.gguf");
            RandomLlama.Write(small, LlamaShape.Smallest, "small");
            (await ilab.RunAsync("model", "import", small)).Expect(0);
            await ilab.RunAsync("system", "stop");
        }
        finally
        {
            await RunAsync("umount", "--lazy", store);
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
