using Ilab.Cli.Tests.Fixtures;

namespace Ilab.Cli.Tests.CommandLine;

/// <summary>A wrong command line is one line that says what to type, and exit code 2.</summary>
public sealed class UsageErrorsTests
{
    [Theory]
    [InlineData("unknown option --temprature; did you mean --temperature?", "run", "starter", "Hello", "--temprature", "0")]
    [InlineData("unknown option --temprature; did you mean --temperature?", "run", "starter", "--temprature=0")]
    [InlineData("unknown option --sot; did you mean --sort?", "model", "ls", "--sot", "name")]
    [InlineData("unknown option -x", "model", "run", "m", "-x")]
    [InlineData("unknown option --urll; did you mean --url?", "model", "ls", "--urll", "x")]
    [InlineData("unknown option --bad", "data", "mix", "a", "b", "--name", "c", "--bad")]
    [InlineData("unknown command \"modle\"; did you mean model?", "modle", "ls")]
    [InlineData("unknown command \"quantize\"; did you mean 'ilab model quantize'?", "quantize", "m")]
    [InlineData("unknown command \"nope\"; see 'ilab --help'", "nope")]
    [InlineData("unknown command \"nope\"; see 'ilab --help'", "nope", "--help")]
    [InlineData("'ilab model' has no command \"lss\"; did you mean ls?", "model", "lss")]
    [InlineData("'ilab job' needs a verb: ls,", "job")]
    [InlineData("no command given; see 'ilab --help'")]
    [InlineData("unexpected argument \"extra\"", "model", "ls", "extra")]
    [InlineData("--data FILE|DATASET and --name NAME are required", "model", "train", "x")]
    [InlineData("--name NAME is required", "model", "train", "x", "--data", "y")]
    [InlineData("--resources goes with --dry-run", "model", "train", "x", "--data", "y", "--name", "z", "--resources", "memory=1GiB")]
    [InlineData("BASE is required", "model", "train", "--dry-run")]
    [InlineData("--format json goes with --dry-run", "model", "inference", "-m", "x", "--format", "json")]
    [InlineData("--format is not allowed with --input and --job", "model", "inference", "-m", "x", "--input", "y", "--format", "openai")]
    [InlineData("FILE is required", "config", "plan")]
    [InlineData("--format: expected text or json, not \"yaml\"", "config", "plan", "f", "--format", "yaml")]
    [InlineData("MODEL and --type TYPE are required", "model", "quantize")]
    [InlineData("MODEL is required", "model", "load")]
    [InlineData("--temperature X: the value is missing", "run", "m", "--temperature")]
    [InlineData("--temperature: expected a number from 0 to 100, got `hot`", "run", "m", "--temperature", "hot")]
    [InlineData("--sort: expected created, name or size, not \"foo\"", "model", "ls", "--sort", "foo")]
    [InlineData("--training-type: expected lora, qlora, full, scratch or auto, not \"big\"", "train", "m", "--data", "d", "--name", "n", "--training-type=big")]
    [InlineData("--rank: expected a whole number, 0 or more, not \"-1\"", "train", "m", "--data", "d", "--name", "n", "--rank", "-1")]
    [InlineData("--epochs: expected a number such as 0.5 or 2e-4, not \"many\"", "train", "m", "--data", "d", "--name", "n", "--epochs", "many")]
    [InlineData("--tail: expected a whole number, not \"x\"", "job", "logs", "1", "--tail", "x")]
    [InlineData("--sort can be given only once", "model", "ls", "--sort", "name", "--sort", "size")]
    [InlineData("SHELL: expected bash, zsh or fish, not \"csh\"", "completion", "csh")]
    [InlineData("--quiet and --format exclude each other", "model", "ls", "-q", "--format", "json")]
    [InlineData("--model-name NAME or --checkpoint PATH is required", "test")]
    public async Task TheLineSaysWhatIsWrong(string problem, params string[] arguments)
    {
        var (code, output, error) = await InProcess.RunAsync(arguments);
        Assert.StartsWith("Error: " + problem, error, StringComparison.Ordinal);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("run", "m", "--", "--temprature", "0")]
    [InlineData("run", "m", "-5 degrees", "-", "-3", "@john", "[x]", "/?")]
    [InlineData("run", "m", "--stop", "--end--", "--stop=-x", "Hello")]
    public async Task TextIsNotTakenForOptions(params string[] arguments)
    {
        // The line is right: it fails later, because there is no service.
        var failure = await Assert.ThrowsAsync<Ilab.Client.Errors.IlabException>(() =>
            InProcess.RunAsync(["--no-autostart", .. arguments], static name => name == "ILAB_HOST" ? "unix:///nowhere/ilabd.sock" : null)
        );
        Assert.Contains("no ilabd listens on /nowhere/ilabd.sock", failure.Message, StringComparison.Ordinal);
    }
}
