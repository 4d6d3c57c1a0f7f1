using Ilab.Cli.Chat;
using Ilab.Cli.CommandLine;
using Ilab.Cli.Tests.Fixtures;

namespace Ilab.Cli.Tests.CommandLine;

/// <summary>What a run config adds to a command line.</summary>
public sealed class ConfigFileOptionsTests
{
    [Theory]
    [InlineData("model train --config")]
    [InlineData("model train --config a.yaml --config b.yaml")]
    [InlineData("model inference --config a.yaml --config b.yaml")]
    [InlineData("--url tcp://a:1 --url tcp://b:1 model train --config a.yaml")]
    public async Task AnOptionThatIsWrongIsAUsageErrorBeforeAnyFileIsRead(string line)
    {
        var (code, _, error) = await InProcess.RunAsync(line.Split(' '));
        Assert.Equal(UsageErrors.ExitCode, code);
        Assert.StartsWith("Error: --", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--output x", "--input", false)]
    [InlineData("--output x", "--output", true)]
    [InlineData("--input x", "--output", false)]
    [InlineData("--input x", "--input", true)]
    [InlineData("--prompt x", "--input", true)]
    [InlineData("--prompt x", "--output", true)]
    [InlineData("--interactive", "--input", true)]
    [InlineData("--job x", "--input", true)]
    [InlineData("--job x", "--output", true)]
    [InlineData("--checkpoint x", "--model-name", true)]
    [InlineData("--seed 1", "--temperature", false)]
    public void WhatWasSaidLeavesOutWhatItExcludesAndNothingElse(string line, string name, bool expected)
    {
        using var interrupts = new ProcessInterrupts();
        using var session = InProcess.Session(interrupts, TextWriter.Null, TextWriter.Null);
        string[] args = ["model", "inference", "--config", "f", .. line.Split(' ')];
        var parsed = CommandTree.Build(session, args).Parse(args, CliProgram.Parser);
        Assert.Equal(expected, ConfigFileOptions.IsGiven(parsed, parsed.CommandResult.Command, name));
    }
}
