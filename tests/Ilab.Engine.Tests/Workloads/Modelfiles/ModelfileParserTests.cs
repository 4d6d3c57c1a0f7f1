using System.Text;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Modelfiles;
using Ilab.Gguf.Conversion;

namespace Ilab.Engine.Tests.Workloads.Modelfiles;

public sealed class ModelfileParserTests
{
    [Fact]
    public void EveryInstructionIsTaken()
    {
        var file = ModelfileParser.Parse(
            """"
            # comment
            from ./base.gguf

            ADAPTER  ./one
            ADAPTER "two words"
            SYSTEM """You are
              "Bob".
            # not a comment
            """
            TEMPLATE """{{ .Prompt }}"""
            PARAMETER temperature 0.3
            parameter STOP "<|eot_id|>"
            PARAMETER stop User:
            PARAMETER num_ctx 4096
            MESSAGE user Is Toronto in Canada?
            MESSAGE assistant """yes
            it is"""
            LICENSE MIT
            LICENSE """
            Apache
            """
            """"
        );
        Assert.Equal(new ModelfileValue("./base.gguf", 2), file.From);
        Assert.Equal([new("./one", 4), new("two words", 5)], file.Adapters);
        Assert.Equal("You are\n  \"Bob\".\n# not a comment\n", file.Settings.System);
        Assert.Equal("{{ .Prompt }}", file.Settings.Template);
        Assert.Equal((0.3f, 4096), (file.Settings.Parameters.Temperature, file.Settings.Parameters.ContextLength));
        Assert.Equal(["<|eot_id|>", "User:"], file.Settings.Parameters.Stop);
        Assert.Equal([new("user", "Is Toronto in Canada?"), new("assistant", "yes\nit is")], file.Settings.Messages);
        Assert.Equal("MIT\n\n\nApache\n", file.License);
        Assert.Empty(file.Warnings);
    }

    [Theory]
    [InlineData("FROM a\nPARAMETER mirostat 2\nPARAMETER num_gpu 1", "line 2: the parameter mirostat", "line 3: the parameter num_gpu")]
    [InlineData("FROM a\nREQUIRES 0.14.0", "line 2: REQUIRES")]
    [InlineData("FROM a\n\n\nPARSER qwen3\nRENDERER qwen3", "line 4: PARSER", "line 5: RENDERER")]
    public void WhatIsNotUsedIsNamedWithItsLine(string text, params string[] warnings)
    {
        var said = ModelfileParser.Parse(text).Warnings;
        Assert.Equal(warnings.Length, said.Count);
        Assert.All(warnings.Zip(said), static pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SYSTEM hi", "has no FROM")]
    [InlineData("FROM a\nFROM b", "line 2: a second FROM; the first is in line 1")]
    [InlineData("FROM a\nSYSTME hi", "line 2: \"SYSTME\" is no instruction")]
    [InlineData("FROM a\nSYSTEM \"\"\"hi\nthere", "line 2: the text that begins here has no closing \"\"\"")]
    [InlineData("FROM a\nPARAMETER stop \"x", "line 2: the text that begins here has no closing \"")]
    [InlineData("FROM a\nMESSAGE robot hi", "line 2: \"robot\" is no role")]
    [InlineData("FROM a\nPARAMETER temperature", "line 2: PARAMETER needs two values")]
    [InlineData("FROM a\nPARAMETER temperature hot", "line 2: temperature is a number from 0 to 100, not \"hot\"")]
    [InlineData("FROM a\nPARAMETER top_p 1.5", "line 2: top_p is a number from 0 to 1")]
    [InlineData("FROM a\nPARAMETER min_p NaN", "line 2: min_p is a number from 0 to 1")]
    [InlineData("FROM a\nPARAMETER num_ctx -1", "line 2: num_ctx is a whole number from 1 on")]
    [InlineData("FROM a\nPARAMETER seed 1.5", "line 2: seed is a whole number")]
    [InlineData("FROM", "line 1: FROM needs a value")]
    [InlineData("", "has no FROM")]
    public void WhatIsWrongIsToldWithItsLine(string text, string message)
    {
        var error = Assert.Throws<EngineException>(() => ModelfileParser.Parse(text));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void EncodingsWithAMarkAndLinesOfWindowsAreRead(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("FROM a\r\nSYSTEM \"\"\"é\r\n😀\"\"\"\r\n")];
        Assert.Equal(FileContent.Modelfile, FileContent.Describe(bytes));
        Assert.Equal("é\n😀", ModelfileParser.Parse(bytes).Settings.System);
    }

    [Theory]
    [InlineData("top_k", "-1", "0")]
    [InlineData("num_predict", "-2", "0")]
    [InlineData("repeat_last_n", "-1", "-1")]
    [InlineData("seed", "42", "42")]
    [InlineData("repeat_penalty", "1.1", "1.1")]
    public void ParametersAreShownUnderTheirNames(string name, string value, string shown) =>
        Assert.Equal([KeyValuePair.Create(name, shown)], ModelfileParameters.Texts(ModelfileParameters.Set(new ModelParameters(), name, value)!));

    [Fact]
    public void ANegativeSeedIsARandomOne() => Assert.Null(ModelfileParameters.Set(new ModelParameters { Seed = 1 }, "seed", "-1")!.Seed);

    [Fact]
    public void SettingsOfABaseFillWhatAFileLeavesOpen()
    {
        var of = new ModelSettings
        {
            System = "base",
            Messages = [new ModelTurn("user", "a")],
            Parameters = new ModelParameters
            {
                Temperature = 1,
                TopK = 5,
                Stop = ["x"],
            },
        };
        var own = new ModelSettings
        {
            Template = "t",
            Parameters = new ModelParameters { Temperature = 0, Stop = ["y"] },
        };
        var both = own.Over(of);
        Assert.Equal(("base", "t", 0f, 5), (both.System, both.Template, both.Parameters.Temperature, both.Parameters.TopK));
        Assert.Equal(["y"], both.Parameters.Stop!);
        Assert.Single(both.Messages);
    }

    /// <summary>Mutated files end in a model or in one line, and at once.</summary>
    [Fact]
    public void MutatedFilesEndWell()
    {
        var random = new Random(7);
        var source = Encoding.UTF8.GetBytes(
            "FROM ./a\nADAPTER b\nSYSTEM \"\"\"x\ny\"\"\"\nPARAMETER stop \"z\"\nPARAMETER temperature 0.5\nMESSAGE user hi\nLICENSE MIT\n"
        );
        var (read, refused) = (0, 0);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = source.ToList();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.RemoveRange(at, Math.Min(random.Next(20), bytes.Count - at));
                        bytes.Add((byte)'\n');
                        break;
                    case 2:
                        bytes.Insert(at, (byte)"\"\n\r #\0"[random.Next(6)]);
                        break;
                    default:
                        bytes.AddRange(bytes.GetRange(at, Math.Min(40, bytes.Count - at)));
                        break;
                }
            }

            try
            {
                ModelfileParser.Parse(bytes.ToArray());
                read++;
            }
            catch (EngineException exception)
            {
                Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
                Assert.DoesNotContain('\n', exception.Message);
                refused++;
            }
        }

        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused");
    }
}
