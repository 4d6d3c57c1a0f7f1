using Ilab.Api.V1;
using Ilab.Cli.Chat;

namespace Ilab.Cli.Tests.Chat;

public sealed class SettingTableTests
{
    private readonly GenerationSettings _settings = new();

    [Fact]
    public void WhatIsNotSetIsLeftToTheService()
    {
        GenerateRequest request = _settings.ToRequest(new ModelSelector { Name = "m" });
        Assert.Equal(new Sampling(), request.Sampling);
        Assert.Null(request.KeepAlive);
        Assert.Equal(32, request.GenerationId.Length);
        Assert.All(SettingTable.All, s => Assert.Null(s.Get(_settings)));
    }

    [Theory]
    [InlineData("temperature", "0.5", "0.5")]
    [InlineData("top-k", "7", "7")]
    [InlineData("TOP_P", "0.9", "0.9")]
    [InlineData("num_predict", "100", "100")]
    [InlineData("num_ctx", "4096", "4096")]
    [InlineData("seed", "18446744073709551615", "18446744073709551615")]
    [InlineData("stop", "END \"two words\"", "\"END\" \"two words\"")]
    [InlineData("keep_alive", "90m", "90m")]
    [InlineData("keep_alive", "-1", "-1")]
    public void ValuesAreReadAndShown(string name, string value, string shown)
    {
        Setting setting = SettingTable.Find(name)!;
        setting.Set(_settings, value);
        Assert.Equal(shown, setting.Get(_settings));
        setting.Set(_settings, null);
        Assert.Null(setting.Get(_settings));
    }

    [Theory]
    [InlineData("temperature", "-1", "expected a number from 0 to 100, got `-1`")]
    [InlineData("temperature", "NaN", "expected a number from 0 to 100, got `NaN`")]
    [InlineData("top_p", "1.1", "expected a number from 0 to 1, got `1.1`")]
    [InlineData("top_k", "1.5", "expected a whole number from 0 to 2147483647, got `1.5`")]
    [InlineData("keep_alive", "soon", "expected a duration such as 90s, 5m, 2h, 0 or -1, got `soon`")]
    [InlineData("stop", "\"open", "unterminated quote")]
    public void AWrongValueSaysWhatWouldBeRight(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => SettingTable.Find(name)!.Set(_settings, value)).Message);

    [Fact]
    public void EverySettingReachesTheRequest()
    {
        foreach (Setting setting in SettingTable.All)
            setting.Set(
                _settings,
                setting.Name switch
                {
                    "stop" => "END",
                    "device" => "cuda0",
                    "priority" => "batch",
                    _ => "1",
                }
            );
        GenerateRequest request = _settings.ToRequest(new ModelSelector { Name = "m" });
        Assert.All(Sampling.Descriptor.Fields.InDeclarationOrder().Where(f => !f.IsMap), f => Assert.True(f.Accessor.HasValue(request.Sampling), f.Name));
        Assert.Equal((1u, 1u, 1L), (request.MaxTokens, request.ContextLength, request.KeepAlive.Seconds));
        Assert.Equal(["END"], request.Stop);
        Assert.Equal(("cuda0", 1, GenerationPriority.Batch), (request.Device, request.GpuLayers, request.Priority));
    }
}
