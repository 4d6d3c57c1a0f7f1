using System.Diagnostics;
using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Native.OneDnn.Tests.Loading;

/// <summary>What a machine without the library, or without what it needs, is told; each in a process of its own.</summary>
public sealed class CheckProgramTests
{
    [Fact]
    public async Task AFolderWithoutTheLibraryIsNamed()
    {
        var empty = Directory.CreateTempSubdirectory("ilab-no-onednn-").FullName;
        var result = await CheckAsync([], "--onednn", empty);
        Assert.DoesNotContain("oneDNN", result.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Contains(empty, result.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Directory.Delete(empty);
    }

    [Fact]
    public async Task AFileThatIsNoLibraryIsNoFailure()
    {
        var folder = Directory.CreateTempSubdirectory("ilab-bad-onednn-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "libdnnl.so.2"), "not a library");
        Assert.NotEqual("", (await CheckAsync([], "--onednn", folder)).GetProperty("reason").GetString());
        Directory.Delete(folder, recursive: true);
    }

    [SkippableTheory]
    [InlineData("AVX512_CORE")]
    [InlineData("AVX2")]
    public async Task ACpuWithoutTheInstructionsIsTold(string most)
    {
        var plain = await CheckAsync([]);
        SkipWithoutLibrary(plain);
        Assert.Contains("AVX512-BF16", (await CheckAsync([("ONEDNN_MAX_CPU_ISA", most)])).GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WhatWasFoundOutIsNotFoundOutTwice()
    {
        var records = Path.Combine(Directory.CreateTempSubdirectory("ilab-records-").FullName, "machine");
        var first = await CheckAsync([], "--records", records);
        Skip.If(first.GetProperty("name").GetString() is "", first.GetProperty("reason").GetString());
        var file = Assert.Single(Directory.GetFiles(records));
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"type\":\"", "\"type\":\"as recorded: ", StringComparison.Ordinal));
        Assert.Contains("as recorded", (await CheckAsync([], "--records", records)).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("as recorded", (await CheckAsync([], "--records", records, "--again")).ToString(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, "{ torn");
        Assert.Equal(first.GetProperty("reason").GetString(), (await CheckAsync([], "--records", records)).GetProperty("reason").GetString());
        Directory.Delete(Path.GetDirectoryName(records)!, recursive: true);
    }

    [SkippableFact]
    public async Task ProductsThatAreTooInexactAreNotUsed()
    {
        var records = Path.Combine(Directory.CreateTempSubdirectory("ilab-records-").FullName, "machine");
        var first = await CheckAsync([], "--records", records);
        SkipWithoutLibrary(first);
        var file = Assert.Single(Directory.GetFiles(records));
        var text = await File.ReadAllTextAsync(file);
        var bound = JsonDocument.Parse(text).RootElement.GetProperty("checked")[0].GetProperty("bound").GetRawText();
        await File.WriteAllTextAsync(file, text.Replace($"\"bound\":{bound}", "\"bound\":1e-30", StringComparison.Ordinal));
        var result = await CheckAsync([], "--records", records);
        Assert.DoesNotContain("oneDNN", result.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Contains("too inexact", result.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(records)!, recursive: true);
    }

    private static void SkipWithoutLibrary(JsonElement check) =>
        Skip.IfNot(check.GetProperty("name").GetString()!.Contains("oneDNN", StringComparison.Ordinal), check.GetProperty("reason").GetString());

    private static async Task<JsonElement> CheckAsync((string Name, string Value)[] environment, params string[] options)
    {
        using var compute = new GgmlLock();
        var start = new ProcessStartInfo(TestPaths.Runner, ["check", "--threads", "2", .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return JsonDocument.Parse(output).RootElement;
    }
}
