using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Testing;

namespace Ilab.Gguf.Tests.Conversion.Tokenizers;

/// <summary>Chat templates for several purposes are kept by their names, wherever they are said.</summary>
public sealed class NamedTemplatesTests : SourceFixture
{
    private const string Prefix = "tokenizer.chat_template";

    [Fact]
    public void FilesBesideTheMainOneAreKept()
    {
        Write();
        WriteFiles();
        Check(Convert().Path);
    }

    [Fact]
    public void AListInTheSettingsIsTheSame()
    {
        Write();
        Edit(
            "tokenizer_config.json",
            static config =>
                config["chat_template"] = new JsonArray(
                    new JsonObject { ["name"] = "default", ["template"] = "main" },
                    new JsonObject { ["name"] = "rag-long", ["template"] = "with documents" },
                    new JsonObject { ["name"] = "tool_use", ["template"] = "with tools" }
                )
        );
        Check(Convert().Path);
    }

    [Fact]
    public void WhatWasUsedAloneConvertsToTheSame()
    {
        Write();
        WriteFiles();
        using var whole = Source();
        HuggingFaceConverter.Prepare(whole, null);
        Assert.Contains(SourceFolder.TemplateFolder + "/tool_use.jinja", whole.Used);
        var files = whole.Used.ToDictionary(static name => name, At);
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(whole.Name, files), null);
        var path = At("again.gguf");
        using (var file = File.Create(path))
        {
            conversion.Write(file, static _ => { }, CancellationToken.None);
        }

        Check(path);
    }

    [Fact]
    public void TheyComeBack()
    {
        Write();
        WriteFiles();
        using var back = new TemporaryFolder();
        HuggingFaceExporter.Write(Convert().Path, back.Path, null, static _ => { }, CancellationToken.None);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(back.Path, "tokenizer_config.json")))!;
        Assert.Equal(
            ["default=main", "rag_long=with documents", "tool_use=with tools"],
            config["chat_template"]!.AsArray().Select(static entry => $"{entry!["name"]}={entry["template"]}").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void AFileElsewhereIsNotOpened()
    {
        Write();
        using var source = Source();
        Assert.Contains("outside", Assert.Throws<ConversionException>(() => source.Open("other/config.json")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "outside",
            Assert.Throws<ConversionException>(() => source.Open(SourceFolder.TemplateFolder + "/../config.json")).Message,
            StringComparison.Ordinal
        );
    }

    private void WriteFiles()
    {
        File.WriteAllText(At("chat_template.jinja"), "main");
        var folder = Directory.CreateDirectory(At(SourceFolder.TemplateFolder)).FullName;
        File.WriteAllText(Path.Combine(folder, "rag-long.jinja"), "with documents");
        File.WriteAllText(Path.Combine(folder, "tool_use.jinja"), "with tools");
        File.WriteAllText(Path.Combine(folder, "README.md"), "no template");
    }

    private static void Check(string gguf)
    {
        using var stream = File.OpenRead(gguf);
        var header = GgufFile.Read(stream);
        Assert.Equal("main", header.GetString(Prefix));
        Assert.Equal("with documents", header.GetString(Prefix + ".rag_long"));
        Assert.Equal("with tools", header.GetString(Prefix + ".tool_use"));
        Assert.Equal(["rag_long", "tool_use"], new GgufArrays(header, stream).Strings("tokenizer.chat_templates")!.Order(StringComparer.Ordinal));
    }
}
