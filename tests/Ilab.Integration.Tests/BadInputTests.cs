using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>What goes wrong is one clear line with the right exit code.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class BadInputTests(ServedModel served) : IClassFixture<ServedModel>
{
    private IlabInstallation Ilab => served.Ilab;

    [Fact]
    public async Task NotAGguf()
    {
        var file = Path.Combine(Ilab.Root, "text.gguf");
        await File.WriteAllTextAsync(file, "this is not a model at all, only words");
        await RefusedAsync(126, "not a GGUF", "model", "import", file);
        await RefusedAsync(126, "not a GGUF", "model", "inference", "--checkpoint", file, "--prompt", "x");
    }

    [Fact]
    public async Task ATruncatedFile()
    {
        var file = Path.Combine(Ilab.Root, "cut.gguf");
        var whole = await File.ReadAllBytesAsync(served.File);
        await File.WriteAllBytesAsync(file, whole[..(whole.Length / 2)]);
        await RefusedAsync(126, "truncated", "model", "import", file);
    }

    [Fact]
    public async Task AnAbsurdHeader()
    {
        var file = Path.Combine(Ilab.Root, "absurd.gguf");
        var bytes = await File.ReadAllBytesAsync(served.File);
        bytes.AsSpan(8, 7).Fill(0xff);
        await File.WriteAllBytesAsync(file, bytes);
        await RefusedAsync(126, "tensors", "model", "import", file);
    }

    [Fact]
    public async Task AnUnknownArchitectureIsKeptButCannotRun()
    {
        var file = Path.Combine(Ilab.Root, "strange.gguf");
        new Gguf.GgufWriter()
            .Add("general.architecture", "strange")
            .AddTensor("x", Gguf.GgmlType.F32, [4], static output => output.Write(new byte[16]))
            .Write(file);
        var imported = (await Ilab.RunAsync("model", "import", file)).Expect(0);
        Assert.Contains("Warning", imported.Error, StringComparison.Ordinal);
        await RefusedAsync(126, "strange", "model", "run", "strange", "hello");
    }

    [Theory]
    [InlineData(127, "no such model: nope", "model", "run", "nope", "hi")]
    [InlineData(127, "the directory /no/such does not exist", "model", "import", "/no/such/file.gguf")]
    [InlineData(2, "is not allowed", "model", "tag", "tiny", "odd name!")]
    [InlineData(2, "--model-name", "model", "inference", "--prompt", "x")]
    [InlineData(2, "exclude each other", "model", "inference", "--model-name", "a", "--checkpoint", "b", "--prompt", "x")]
    [InlineData(2, "did you mean ls?", "model", "lss")]
    [InlineData(127, "no such job", "job", "logs", "ffffffffffff")]
    [InlineData(2, "confirmation is required", "model", "rm", "--all")]
    [InlineData(127, "no qna.yaml files below /proc/self/fdinfo; name a taxonomy directory", "tax", "check", "/proc/self/fdinfo")]
    [InlineData(2, "--sort: expected created, name or size, not \"never\"", "model", "ls", "--sort", "never")]
    public Task ACommandThatMakesNoSense(int code, string words, params string[] command) => RefusedAsync(code, words, command);

    [Fact]
    public Task APromptLongerThanTheContext() =>
        RefusedAsync(2, "more than the context", "model", "inference", "--model-name", "tiny", "--prompt", string.Concat(Enumerable.Repeat("word ", 2000)));

    [Fact]
    public async Task ASecondServiceOnTheSameRoot()
    {
        using var second = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(Ilab.Service, ["--root", Ilab.Root]) { RedirectStandardError = true }
        )!;
        var error = await second.StandardError.ReadToEndAsync();
        await second.WaitForExitAsync();
        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains($"pid {Ilab.ServicePid}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoServiceAndNoAutostart()
    {
        var result = await Ilab.RunWithAsync("", [("ILAB_ROOT", Path.Combine(Ilab.Root, "nothing here"))], "model", "ls");
        Assert.Equal(125, result.ExitCode);
        Assert.Contains("no ilabd listens on", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A name may move, but not without a word.</summary>
    [Fact]
    public async Task ANameThatLeavesAnotherModelIsTold()
    {
        var other = Path.Combine(Ilab.Root, "other.gguf");
        RandomLlama.Write(other, LlamaShape.Smallest, "other", 77);
        var id = (await Ilab.RunAsync("model", "import", other, "--name", "taken")).Expect(0);
        var tagged = (await Ilab.RunAsync("model", "tag", "tiny", "taken")).Expect(0);
        Assert.Equal("", tagged.Output);
        Assert.Matches(@"^taken:latest was [0-9a-f]{12}, which has no name now\n$", tagged.Error);
        Assert.Equal("", (await Ilab.RunAsync("model", "tag", "tiny", "taken")).Expect(0).Error);
        Assert.Equal("", (await Ilab.RunAsync("model", "tag", "--quiet", "taken", "free")).Expect(0).Error);
        (await Ilab.RunAsync("model", "rm", "taken", "free")).Expect(0);
        Assert.NotEqual("", id.Output);
    }

    /// <summary>File names are bytes; what is no UTF-8 cannot be passed on.</summary>
    [Fact]
    public async Task APathThatIsNotUtf8IsTold()
    {
        using var shell = Ilab.StartProgram("/bin/sh", "-c", "\"$1\" model import \"$(printf 'gr\\374n.gguf')\"", "sh", Ilab.Client);
        shell.StandardInput.Close();
        var error = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.Equal(2, shell.ExitCode);
        Assert.Matches("^Error: the argument .* has bytes that are not UTF-8; rename the file.*\n$", error);
    }

    private async Task RefusedAsync(int code, string words, params string[] command)
    {
        var result = (await Ilab.RunAsync(command)).Expect(code);
        Assert.StartsWith("Error: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(static character => character == '\n'));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        (await Ilab.RunAsync("model", "exists", "tiny")).Expect(0);
    }
}
