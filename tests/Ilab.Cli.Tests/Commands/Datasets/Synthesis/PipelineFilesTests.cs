using Ilab.Cli.Commands.Datasets.Synthesis;
using Ilab.Client.Errors;
using Ilab.Testing;

namespace Ilab.Cli.Tests.Commands.Datasets.Synthesis;

/// <summary>What is read and sent for a pipeline: what it names, and nothing else.</summary>
public sealed class PipelineFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("config_path: prompts/a.yaml\n", "prompts/a.yaml")]
    [InlineData("blocks: [{name: a, config: {config_path: prompts/a.yaml, output_cols: [b]}}]", "prompts/a.yaml")]
    [InlineData("config_paths:\n  - prompts/a.yaml\n  - [prompts/b.yml, easy]\n", "prompts/a.yaml prompts/b.yml")]
    [InlineData("config_path: \"my prompts/a b.yaml\"", "my prompts/a b.yaml")]
    [InlineData("config_path: my prompts/c d.yaml", "my prompts/c d.yaml")]
    [InlineData("config_path: ../prompts/a.yaml # not b.yaml", "../prompts/a.yaml")]
    [InlineData("config_path: prompt.txt", "prompt.txt")]
    [InlineData("# config_path: prompts/a.yaml\nname: 'no # comment.yaml'", "no # comment.yaml")]
    [InlineData("config_paths: {x: /abs/a.yaml, y: 'b.yml'}", "/abs/a.yaml b.yml")]
    [InlineData("name: a.yamlish\nother: yaml", "")]
    public void FilesThatAPipelineNamesAreFound(string text, string names) => Assert.Equal(names, string.Join(' ', PipelineNames.In(text)));

    [Fact]
    public async Task OnlyNamedFilesAreRead()
    {
        Write("top/pipes/p.yaml", $"blocks: [{{config: {{config_path: ../prompts/a.yaml}}}}, {{config: {{config_path: {_folder.Path}/abs.yaml}}}}]");
        Write("top/pipes/other.yaml", "config_path: unread.yaml");
        Write("top/prompts/a.yaml", "a");
        Write("top/prompts/unread.yaml", "b");
        Write("abs.yaml", "c");
        var files = new PipelineFiles();
        Assert.Equal("pipes/p.yaml", await files.ReadAsync(At("top/pipes/p.yaml"), CancellationToken.None));
        Assert.Equal([$"{_folder.Path}/abs.yaml", "pipes/../prompts/a.yaml", "pipes/p.yaml"], files.All.Keys);

        var all = new PipelineFiles();
        Assert.Equal("pipes", await all.ReadAsync(At("top/pipes") + "/", CancellationToken.None));
        Assert.Equal(4, all.All.Count);
    }

    [Fact]
    public async Task WhatIsNoFileIsABuiltInNameAndAnEmptyFolderIsTold()
    {
        Assert.Null(await new PipelineFiles().ReadAsync("simple", CancellationToken.None));
        Directory.CreateDirectory(At("empty"));
        await Assert.ThrowsAsync<IlabException>(() => new PipelineFiles().ReadAsync(At("empty"), CancellationToken.None));
    }

    [Fact]
    public async Task APipeIsRefusedInsteadOfReadForEver()
    {
        using var made = System.Diagnostics.Process.Start("mkfifo", [At("pipe.yaml")]);
        await made.WaitForExitAsync();
        Write("p.yaml", "config_path: pipe.yaml");
        Assert.Contains(
            "not a regular file",
            (await Assert.ThrowsAsync<IlabException>(() => new PipelineFiles().ReadAsync(At("p.yaml"), CancellationToken.None))).Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task AFileBeyondTheLimitIsRefused()
    {
        Write("p.yaml", "config_path: large.yaml");
        using (var large = File.Create(At("large.yaml")))
        {
            large.SetLength((16 << 20) + 1);
        }

        Assert.Contains(
            "at most 16.0 MB",
            (await Assert.ThrowsAsync<IlabException>(() => new PipelineFiles().ReadAsync(At("p.yaml"), CancellationToken.None))).Text,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _folder.Dispose();

    private string At(string path) => Path.Combine(_folder.Path, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }
}
