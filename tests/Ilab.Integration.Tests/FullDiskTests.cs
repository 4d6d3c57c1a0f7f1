using System.Diagnostics;
using Ilab.Testing;
using Ilab.Testing.Models;
using Ilab.Testing.Taxonomies;

namespace Ilab.Integration.Tests;

/// <summary>A store on a small disk.</summary>
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

    /// <summary>Not a byte is left: each verb says so, in one line, and the service answers as before.</summary>
    [SkippableFact]
    public async Task EveryVerbThatWritesSaysSo()
    {
        await using var ilab = new IlabInstallation();
        var store = Directory.CreateDirectory(Path.Combine(ilab.Root, "store")).FullName;
        Skip.IfNot(
            Environment.UserName == "root" && await RunAsync("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", store) == 0,
            "needs root and the right to mount"
        );
        try
        {
            await ilab.StartAsync();
            var (file, other) = (Path.Combine(ilab.Root, "small.gguf"), Path.Combine(ilab.Root, "other.gguf"));
            RandomLlama.Write(file, LlamaShape.Smallest, "small");
            RandomLlama.Write(other, LlamaShape.Smallest, "other", 2);
            var (records, more) = (Path.Combine(ilab.Root, "a.jsonl"), Path.Combine(ilab.Root, "b.jsonl"));
            await File.WriteAllTextAsync(records, "{\"prompt\":\"q\",\"completion\":\"a\"}\n");
            await File.WriteAllTextAsync(more, "{\"prompt\":\"r\",\"completion\":\"b\"}\n");
            var skill = Path.Combine(ilab.Root, "compositional_skills/a/qna.yaml");
            Directory.CreateDirectory(Path.GetDirectoryName(skill)!);
            await File.WriteAllTextAsync(skill, QnaFiles.Skill());
            (await ilab.RunAsync("model", "import", file)).Expect(0);
            (await ilab.RunAsync("data", "import", records, "--name", "kept")).Expect(0);
            await FillAsync(Path.Combine(store, "others"));

            await ToldAsync("model", "import", other);
            await ToldAsync("data", "import", more);
            await ToldAsync("data", "mix", "kept=3", "--name", "mixed");
            await ToldAsync("data", "export", "kept", Path.Combine(store, "out.jsonl"));
            await ToldAsync("data", "generate", "--skill", skill, "--teacher", "small", "--num-samples", "1", "--name", "made");
            await ToldAsync("model", "quantize", "small", "--type", "Q8_0", "--name", "q");
            await ToldAsync("model", "convert", "small", "--to", "safetensors", "--output", Path.Combine(store, "folder"));
            await ToldAsync("model", "train", "small", "--data", more, "--tag", "t", "--steps", "1");

            // What the database has allocated already takes some rows.
            var tagged = new CommandResult(0, "", "");
            for (var name = 0; name < 300 && tagged.ExitCode == 0; name++)
            {
                tagged = await ilab.RunAsync("model", "tag", "small", $"name{name}-{new string('x', 60)}");
            }

            AssertTold(tagged, "model tag");

            // A service cannot start there either.
            AssertTold(
                await ilab.RunWithAsync("", [("ILAB_ROOT", Path.Combine(store, "root")), ("ILAB_NO_AUTOSTART", null)], "model", "ls"),
                "starting a service"
            );
            File.Delete(Path.Combine(store, "others"));
            (await ilab.RunAsync("model", "tag", "small", "again")).Expect(0);
            (await ilab.RunAsync("data", "import", more)).Expect(0);
            await ilab.RunAsync("system", "stop");
        }
        finally
        {
            await RunAsync("umount", "--lazy", store);
        }

        async Task ToldAsync(params string[] command) => AssertTold(await ilab.RunAsync(command), string.Join(' ', command));
    }

    private static void AssertTold(CommandResult result, string command)
    {
        Assert.True(result.ExitCode is 1 or 125, $"{command} ended with {result.ExitCode}: {result.Error}");
        var error = result.Error.TrimEnd('\n').Split('\n')[^1];
        Assert.True(
            error.StartsWith("Error: ", StringComparison.Ordinal) && error.Contains("no space left", StringComparison.OrdinalIgnoreCase),
            $"{command}: {result.Error}"
        );
        Assert.DoesNotContain("defect", result.Error, StringComparison.Ordinal);
    }

    private static async Task FillAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                await file.WriteAsync(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full: what this is for.
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
