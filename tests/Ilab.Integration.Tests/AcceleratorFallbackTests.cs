using System.Diagnostics;
using System.Text.Json;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>Whatever keeps the accelerator from a model: it answers by the plain path, and one line says why.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class AcceleratorFallbackTests : IAsyncLifetime
{
    /// <summary>
    /// Weights 15 MB, packed copies 29 MB, those of codes 18 MB; with 96 MB of a process, 40 MB of results and 4 MB of cache it needs 156 MB, and 174 MB at
    /// least with copies.
    /// </summary>
    private const int MegabytesWithoutCopies = 170;

    private static readonly string[] OneSmallContext = ["--parallel", "1", "--context-length", "512", "--threads", "1"];

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Fact]
    public async Task AMissingLibraryIsNamed()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_ilab.Root, "nothing")).FullName;
        await StartAsync(["--onednn", empty]);
        await ExpectPlainAsync($"{empty} holds no libdnnl.so.2 or libdnnl.so.3");
    }

    [SkippableFact]
    public async Task ALibraryOfAnotherVersionIsNamedWithItsVersion()
    {
        Skip.IfNot(File.Exists("/usr/bin/gcc"), "gcc is not installed, which makes the library of another version");
        var folder = Directory.CreateDirectory(Path.Combine(_ilab.Root, "old")).FullName;
        await OldLibraryAsync(Path.Combine(folder, "libdnnl.so.2"));
        await StartAsync(["--onednn", folder]);
        await ExpectPlainAsync($"oneDNN 1.8.1 ({folder}/libdnnl.so.2) is not one of the versions that are known: 2.6 and later, 3.x");
    }

    [SkippableFact]
    public async Task AModelThatFitsAndItsCopiesDoNotIsLoadedWithoutThem()
    {
        await StartAsync(["--memory-limit", $"{MegabytesWithoutCopies}M"]);
        await RequireAcceleratorAsync();
        await AnswerAsync("one");
        Assert.Matches("^0 of [0-9]+ matrices packed, 0 MB \\([0-9]+ MB not packed for lack of memory\\); ", (await LoadedAsync("one")).Note);
    }

    [SkippableTheory]
    [InlineData("0", "^0 of ([0-9]+) matrices packed, 0 MB \\([0-9]+ MB not packed for lack of memory\\); ")]
    [InlineData("8M", "^[1-9][0-9]* of [0-9]+ matrices packed, [1-8] MB \\([0-9]+ MB not packed for lack of memory\\); ")]
    public async Task TheCopiesTakeNoMoreThanTheyMay(string budget, string note)
    {
        await StartAsync(["--accelerator-memory", budget]);
        await RequireAcceleratorAsync();
        await AnswerAsync("one");
        Assert.Matches(note, (await LoadedAsync("one")).Note);
    }

    [SkippableFact]
    public async Task CopiesDriveNoOtherModelAway()
    {
        await StartAsync([]);
        await RequireAcceleratorAsync();
        await AnswerAsync("one");
        var (memory, note) = await LoadedAsync("one");
        Assert.Matches("^([0-9]+) of \\1 matrices packed, [0-9]+ MB; ", note);
        await _ilab.KillAsync();
        await _ilab.StartAsync([.. OneSmallContext, "--memory-limit", $"{(memory >> 20) + MegabytesWithoutCopies}M"]);
        await AnswerAsync("two");
        Assert.Matches("^0 of [0-9]+ matrices packed, 0 MB \\([0-9]+ MB not packed for lack of memory\\); ", (await LoadedAsync("two")).Note);
        Assert.Equal(note, (await LoadedAsync("one")).Note);
    }

    private async Task StartAsync(string[] options)
    {
        await _ilab.StartAsync([.. OneSmallContext, .. options]);
        foreach (var (name, seed) in new[] { ("one", 1), ("two", 2) })
        {
            var file = Path.Combine(_ilab.Root, $"{name}.gguf");
            RandomLlama.Write(file, LlamaShape.FourteenMillion, name, seed);
            (await _ilab.RunAsync("model", "import", file, "--name", name)).Expect(0);
        }
    }

    /// <summary>The models answer without the library, and the reason is told of the machine and of the model.</summary>
    private async Task ExpectPlainAsync(string reason)
    {
        await AnswerAsync("one");
        var name = await AcceleratorAsync("Name"); // of what needs no library, if the processor has it
        Assert.DoesNotContain("oneDNN", name, StringComparison.Ordinal);
        var note = (await LoadedAsync("one")).Note;
        Assert.Equal(reason, name.Length == 0 ? note : note[(note.LastIndexOf("; ", StringComparison.Ordinal) + 2)..]);
        Assert.Equal(reason, await AcceleratorAsync("Problem"));
        Assert.Matches(
            $"accelerator +{(name.Length == 0 ? "none +" : $"ok +{name} \\(auto\\); ")}{System.Text.RegularExpressions.Regex.Escape(reason)}\n",
            (await _ilab.RunAsync("system", "check")).Expect(0).Output
        );
        (await _ilab.RunAsync("system", "check", "--accelerator")).Expect(name.Length == 0 ? 1 : 0);
        Assert.Matches($" {(name.Length == 0 ? "none" : name)} +512 +0 +1/1( \\(setting\\))? ", (await _ilab.RunAsync("model", "ps")).Expect(0).Output);
    }

    private async Task<string> AcceleratorAsync(string field) =>
        (await _ilab.RunAsync("system", "info", "--format", $"{{{{.Accelerator.{field}}}}}")).Expect(0).Output.Trim();

    private async Task AnswerAsync(string model) =>
        Assert.NotEmpty(
            (await _ilab.RunAsync("model", "inference", "--model-name", model, "--prompt", "count", "--max-length", "4", "--temperature", "0")).Expect(0).Output
        );

    private async Task<(long Memory, string Note)> LoadedAsync(string name)
    {
        var loaded = JsonDocument.Parse((await _ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output).RootElement.EnumerateArray();
        var model = loaded.Single(model => model.GetProperty("Name").GetString() == $"{name}:latest");
        return (model.GetProperty("Memory").GetInt64(), model.GetProperty("AcceleratorNote").GetString()!);
    }

    private async Task RequireAcceleratorAsync()
    {
        Skip.If((await AcceleratorAsync("Name")).Length == 0, await AcceleratorAsync("Problem"));
    }

    /// <summary>What a program sees of oneDNN 1.8.1 that asks for the version first.</summary>
    private static async Task OldLibraryAsync(string path)
    {
        const string Source =
            "struct version { int major, minor, patch; const char *hash; unsigned cpu, gpu; };\nconst struct version *dnnl_version(void) { static const struct version v = { 1, 8, 1, \"\", 2, 0 }; return &v; }\n";
        using var gcc = Process.Start(new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-x", "c", "-o", path, "-"]) { RedirectStandardInput = true })!;
        await gcc.StandardInput.WriteAsync(Source);
        gcc.StandardInput.Close();
        await gcc.WaitForExitAsync();
        Assert.Equal(0, gcc.ExitCode);
    }
}
