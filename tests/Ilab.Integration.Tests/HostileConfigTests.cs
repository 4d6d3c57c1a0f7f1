using System.Text;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>Files that are no run configs: whoever names one gets one clear line with the file and the place, and the file stays as it is.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class HostileConfigTests : IAsyncLifetime
{
    private const string Fine = "model: {model_name: x}\nengine: NATIVE\n";

    private static readonly (string Name, byte[]? Content, string Problem)[] Files =
    [
        ("tabs", Encoding.UTF8.GetBytes("model:\n\tmodel_name: x\n"), ":2:1: a tab is used for indentation"),
        ("twice", Encoding.UTF8.GetBytes(Fine + "model: {model_name: y}\n"), ":3:1: model: the key stands here a second time, first on line 1"),
        ("anchor", Encoding.UTF8.GetBytes("model: &m {model_name: x}\nengine: *m\n"), ":1:8: engine: a mapping where one of NATIVE"),
        ("utf16", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Fine)], " not UTF-8"),
        ("utf16le", Encoding.Unicode.GetBytes(Fine), " not UTF-8"),
        ("utf16be", Encoding.BigEndianUnicode.GetBytes(Fine), " not UTF-8"),
        ("latin1", Encoding.Latin1.GetBytes(Fine + "# café\n"), " not UTF-8"),
        ("huge", new byte[5 << 20], " has more than the 4 MiB that are read"),
        ("empty", [], ":1:1: "),
        ("directory", null, ": is a directory; name a file"),
        ("missing", null, ": no such file or directory"),
    ];

    private readonly IlabInstallation _ilab = new();
    private string _folder = "";

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--threads", "1");
        _folder = Directory.CreateDirectory(Path.Combine(_ilab.Root, "work")).FullName;
        Directory.CreateDirectory(PathOf("directory"));
        foreach (var (name, content, _) in Files.Where(static file => file.Content is not null))
        {
            await File.WriteAllBytesAsync(PathOf(name), content!);
        }
    }

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Theory]
    [InlineData("config", "migrate", "--write", "FILE")]
    [InlineData("config", "create", "infer", "--non-interactive", "--model", "x", "-o", "-", "--from", "FILE")]
    [InlineData("model", "inference", "--prompt", "x", "--config", "FILE")]
    public async Task OneClearLineAndTheFileStays(params string[] verb)
    {
        foreach (var (name, content, problem) in Files)
        {
            var path = PathOf(name);
            var result = await _ilab.RunAsync([.. verb.Select(word => word == "FILE" ? path : word)]);
            Assert.True(result.ExitCode != 0, $"{name}: {result.Output}");
            var lines = result.Error.TrimEnd('\n').Split('\n');
            Assert.True(
                lines[0].Contains(path, StringComparison.Ordinal) && lines[0].Replace("error: ", "", StringComparison.Ordinal).Contains(problem),
                $"{name}: {result.Error}"
            );
            Assert.True(lines.Length <= 2, $"{name}: {result.Error}");
            Assert.Empty(result.Output);
            if (content is not null)
            {
                Assert.Equal(content, await File.ReadAllBytesAsync(path));
            }
        }
    }

    [Fact]
    public async Task ATargetThatIsReadOnlyStays()
    {
        var (source, target) = (Path.Combine(_folder, "old.yaml"), Path.Combine(_folder, "kept.yaml"));
        await File.WriteAllTextAsync(source, "model:\n  model_name: x\nengine: vllm\n");
        await File.WriteAllTextAsync(target, "kept\n");
        File.SetUnixFileMode(target, UnixFileMode.UserRead);
        string[][] commands =
        [
            ["config", "migrate", source, "--output", target, "--replace"],
            ["config", "create", "infer", "--non-interactive", "--model", "x", "--force", "-o", target],
        ];
        foreach (var command in commands)
        {
            Assert.Contains($"{target} is read-only", (await _ilab.RunAsync(command)).Expect(125).Error, StringComparison.Ordinal);
            Assert.Equal("kept\n", await File.ReadAllTextAsync(target));
        }

        var nameless = (await _ilab.RunAsync("config", "create", "infer", "--non-interactive", "--model", "x", "-o", "")).Expect(125);
        Assert.Equal("Error: --output-file: the name of a file is missing\n", nameless.Error);
    }

    private string PathOf(string name) => Path.Combine(_folder, $"{name}.yaml");
}
