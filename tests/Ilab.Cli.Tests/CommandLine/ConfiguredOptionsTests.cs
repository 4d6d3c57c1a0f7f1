using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Cli.Chat;
using Ilab.Cli.CommandLine;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Client.Errors;
using Ilab.Configuration.Conf;
using Ilab.Testing;

namespace Ilab.Cli.Tests.CommandLine;

/// <summary>Settings are the defaults of options: added where the command line says nothing, and only there.</summary>
public sealed class ConfiguredOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Keys => [.. ClientSettings.All.Where(static setting => setting.Uses.Count > 0).Select(static setting => setting.Key)];

    [Theory]
    [MemberData(nameof(Keys))]
    public void ASettingBelongsToOptionsThatExistAndTakeIt(string key)
    {
        var setting = ClientSettings.All.Single(row => row.Key == key);
        using var interrupts = new ProcessInterrupts();
        using var session = InProcess.Session(interrupts, TextWriter.Null, TextWriter.Null);
        var root = CommandTree.Build(session, [], everything: true);
        foreach (var use in setting.Uses)
        {
            var words = use.Verb.Split(' ');
            var command = words.Aggregate((Command)root, static (at, word) => at.Subcommands.Single(sub => sub.Name == word));
            Assert.All(use.Unless, name => Assert.Contains(command.Options, option => option.Name == name || option.Aliases.Contains(name)));
            if (!use.IsOption)
            {
                Assert.Equal(use.Target, command.Arguments[0].Name); // it is added behind the verb
                continue;
            }

            var option = Assert.Single(command.Options, option => option.Name == use.Target);
            foreach (var value in setting.Type.Choices.Append(setting.Default).Where(static value => value.Length > 0))
            {
                var line = root.Parse([.. words, $"{use.Target}={value}"], CliProgram.Parser);
                Assert.DoesNotContain(line.Errors, error => error.SymbolResult is OptionResult result && result.Option == option);
            }
        }
    }

    [Theory]
    [InlineData("model chat tiny", "model chat --temperature=0.2 --stop=a --stop=b tiny")]
    [InlineData("model chat", "model chat --temperature=0.2 --stop=a --stop=b usual")]
    [InlineData("model chat --load x", "model chat --temperature=0.2 --stop=a --stop=b --load x")]
    [InlineData("model chat tiny --temperature 1", "model chat --stop=a --stop=b tiny --temperature 1")]
    [InlineData("model chat tiny --stop x", "model chat --temperature=0.2 tiny --stop x")]
    [InlineData("model inference -p x", "model inference --model-name=usual --temperature=0.2 -p x")]
    [InlineData("model inference -m other -p x", "model inference --temperature=0.2 -m other -p x")]
    [InlineData("model inference --checkpoint f -p x", "model inference --temperature=0.2 --checkpoint f -p x")]
    [InlineData("--url tcp://h:1 model run tiny -- --temperature 3", "--url tcp://h:1 model run --temperature=0.2 --stop=a --stop=b tiny -- --temperature 3")]
    [InlineData("model train --data d --name n", "model train --epochs=5 usual --data d --name n")]
    [InlineData("model train b --data d --name n --steps 3", null)]
    [InlineData("model ls", "model ls --format=json")]
    [InlineData("model ls -q", null)]
    [InlineData("model ls --format table", null)]
    [InlineData("model chat --help", null)]
    [InlineData("model rm tiny", null)]
    [InlineData("system info", null)]
    public void WhatIsNotSaidIsAdded(string line, string? expected)
    {
        Write("model:\n  default: usual\ngeneration:\n  temperature: 0.2\n  stop: [a, b]\ntraining:\n  epochs: 5\noutput:\n  format: json\n");
        Assert.Equal(expected, Complete(line));
    }

    [Fact]
    public void ASwitchIsTrueOrFalseHoweverItIsWritten()
    {
        Write("training:\n  gradient-checkpointing: yes\n");
        Assert.Equal("model train --gradient-checkpointing=true b", Complete("model train b"));
        _environment["ILAB_TRAINING_GRADIENT_CHECKPOINTING"] = "off";
        Assert.Equal("model train --gradient-checkpointing=false b", Complete("model train b"));
    }

    [Fact]
    public void AVariableWinsOverTheFileAndWorksWithoutIt()
    {
        _environment["ILAB_GENERATION_TEMPERATURE"] = "0.7";
        Assert.Equal("model chat --temperature=0.7 tiny", Complete("model chat tiny"));
        Write("generation:\n  temperature: 0.2\n");
        Assert.Equal("model chat --temperature=0.7 tiny", Complete("model chat tiny"));
    }

    [Fact]
    public void AFileThatIsNotValidEndsTheCommandThatUsesIt()
    {
        Write("generation:\n  temprature: 0.2\n  top-k: x\n");
        var exception = Assert.Throws<IlabException>(() => Complete("model chat tiny"));
        Assert.Equal(2, exception.ExitCode);
        Assert.Contains(
            "ilab.conf:2:3: unknown key \"temprature\" in the section generation; did you mean temperature? (and 1 more",
            exception.Text,
            StringComparison.Ordinal
        );
        Assert.Null(Complete("model chat --help"));
        Assert.Null(Complete("config show"));
    }

    private void Write(string text) => _folder.File("config/ilab.conf", text);

    private string? Complete(string line)
    {
        _environment["ILAB_ROOT"] = _folder.Path;
        using var interrupts = new ProcessInterrupts();
        using var session = InProcess.Session(interrupts, TextWriter.Null, TextWriter.Null, _environment.GetValueOrDefault);
        string[] args = line.Split(' ');
        return ConfiguredOptions.Complete(session, args, CommandTree.Build(session, args).Parse(args, CliProgram.Parser)) is { } made
            ? string.Join(' ', made)
            : null;
    }
}
