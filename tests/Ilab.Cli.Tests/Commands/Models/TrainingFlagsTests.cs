using System.CommandLine;
using Ilab.Cli.Commands.Models;

namespace Ilab.Cli.Tests.Commands.Models;

public sealed class TrainingFlagsTests
{
    [Theory]
    [InlineData("--training-type", "lora!", "qlora")]
    [InlineData("--schedule", "square", "cosine")]
    [InlineData("--precision", "f64", "f32")]
    public void AWordThatIsNoneOfThoseThereAreIsRefusedBeforeAJobIsMade(string option, string value, string known)
    {
        Assert.Contains(known, Assert.Single(Parse(option, value).Errors).Message, StringComparison.Ordinal);
        Assert.Empty(Parse(option, known).Errors);
    }

    [Fact]
    public void WhatIsNotGivenIsLeftToTheService()
    {
        var flags = new TrainingFlags();
        var command = new Command("train");
        flags.AddTo(command);
        var options = flags.Read(command.Parse(["--rank", "4", "--device", "cuda0"]));
        Assert.Equal(4u, options.Rank);
        Assert.Equal("cuda0", options.Device);
        Assert.False(options.HasType || options.HasEpochs || options.HasPrecision || options.HasSeed);
    }

    private static ParseResult Parse(string option, string value)
    {
        var command = new Command("train");
        new TrainingFlags().AddTo(command);
        return command.Parse([option, value]);
    }
}
