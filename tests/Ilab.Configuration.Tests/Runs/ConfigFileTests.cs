using System.Text;
using Ilab.Configuration.Runs;
using Ilab.Testing;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>Files that cannot be read or written: one clear line, and the old file as it was.</summary>
public sealed class ConfigFileTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void WhatIsNoReadableFileIsSaidInOneLine()
    {
        AssertError(_root.Path, "it is a directory");
        AssertError(Path.Combine(_root.Path, "nothing.yaml"), "there is no such file");
        AssertError(File("utf16.yaml", [0xFF, 0xFE, (byte)'a', 0, (byte)':', 0]), "the file is not UTF-8");
        AssertError(File("latin1.yaml", [(byte)'a', (byte)':', (byte)' ', 0xE9, 0xE8]), "the file is not UTF-8");
        AssertError(File("large.yaml", new byte[(4 << 20) + 1]), "more than the 4 MiB");
        AssertError(File("utf16-unmarked.yaml", [(byte)'a', 0, (byte)':', 0]), "the file is not UTF-8");
        AssertError(File("utf16-big.yaml", Encoding.BigEndianUnicode.GetBytes("engine: NATIVE\n")), "the file is not UTF-8");
        AssertError(File("utf32.yaml", Encoding.UTF32.GetBytes("engine: NATIVE\n")), "the file is not UTF-8");
        AssertError(File("zero.yaml", [(byte)'a', (byte)'b', 0, (byte)'c']), "U+0000");
        AssertError("/dev/null", "no regular file");
    }

    [Fact]
    public void AByteOrderMarkAndWindowsLineEndsAreTaken()
    {
        var path = File("bom.yaml", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("model:\r\n  model_name: x\r\nengine: NATIVE\r\n")]);
        Assert.Equal("x", RunConfig.Load(path).Infer.Model.ModelName);
    }

    [Fact]
    public void SavingReplacesOnlyWhenAsked()
    {
        var path = File("infer.yaml", "old"u8);
        var config = new ConfigBuilder(RunKind.Infer).Model("x").Build();
        Assert.Throws<IOException>(() => config.Save(path));
        Assert.Equal("old", System.IO.File.ReadAllText(path));
        config.Save(path, overwrite: true);
        Assert.Equal("x", RunConfig.Load(path).Infer.Model.ModelName);
        Assert.Equal(["infer.yaml"], Directory.GetFiles(_root.Path).Select(Path.GetFileName));
    }

    private string File(string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(_root.Path, name);
        System.IO.File.WriteAllBytes(path, content.ToArray());
        return path;
    }

    private static void AssertError(string path, string expected)
    {
        var problem = Assert.Single(ConfigReader.ReadFile(path).Problems);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, problem.ToString(), StringComparison.Ordinal);
    }
}
