using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ilab.Testing;
using Ilab.Testing.Taxonomies;

namespace Ilab.Integration.Tests;

/// <summary>
/// Secrets are planted in every way that there is, and used by a generation and downloads that run: a search of everything that the service wrote, and of all
/// processes, finds them in the secret store alone.
/// </summary>
public sealed class SecretSearchTests : IAsyncLifetime
{
    private const string Named = "sk-named-5f1a09c3",
        OfJob = "sk-of-the-job-77ab12",
        Token = "hf_of-the-download-31c4",
        NamedToken = "hf_named-90d2ee";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] All = [Named, OfJob, Token, NamedToken];

    private readonly IlabInstallation _ilab = new() { User = TestUser.Ordinary };
    private readonly TaskCompletionSource _over = new();
    private ScriptedTeacher _teacher = null!;
    private ScriptedHub _hub = null!;

    private string Store => Path.Combine(_ilab.Root, "store", "secrets");

    public async Task InitializeAsync()
    {
        (_teacher, _hub) = (await ScriptedTeacher.StartAsync(), await ScriptedHub.StartAsync());
        await _ilab.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _over.TrySetResult();
        await _ilab.DisposeAsync();
        await _teacher.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task PlantedSecretsAreFoundInTheSecretStoreOnly()
    {
        (await _ilab.RunWithAsync(Named + "\n", [], "secret", "create", "key")).Expect(0);
        (await _ilab.RunWithAsync(NamedToken, [], "secret", "create", "hub", "-")).Expect(0);
        _teacher.BeforeAnswer = _ => _over.Task;
        var jobs = new List<string>
        {
            await GenerateAsync([], "--teacher-key-secret", "key"),
            await GenerateAsync([("ILAB_TEACHER_KEY", OfJob)]),
            await DownloadAsync("/one.gguf", [("HF_TOKEN", Token)]),
            await DownloadAsync("/two.gguf", [], "--token-secret", "hub"),
        };
        await WaitForAsync(() => All[..2].All(key => _teacher.Authorizations.Contains($"Bearer {key}")));
        await WaitForAsync(() => All[2..].All(token => _hub.Requests.Any(request => request.Authorization == $"Bearer {token}")));

        // While all of them are in use: each is in one file, and nowhere else.
        foreach (var secret in All)
        {
            Assert.StartsWith(Store, Assert.Single(FilesWith(secret)), StringComparison.Ordinal);
        }

        Assert.Empty(ProcessesWith(All));
        Assert.DoesNotContain(All, secret => _ilab.Log.Contains(secret, StringComparison.Ordinal));
        foreach (var job in jobs)
        {
            var shown = (await _ilab.RunAsync("job", "inspect", job)).Expect(0).Output + (await _ilab.RunAsync("job", "logs", job)).Expect(0).Output;
            Assert.DoesNotContain(All, secret => shown.Contains(secret, StringComparison.Ordinal));
        }

        // A job ends, and what was given to it alone is gone; the named ones stay until they are removed.
        foreach (var job in jobs)
        {
            (await _ilab.RunAsync("job", "cancel", job)).Expect(0);
        }

        Assert.Empty(FilesWith(OfJob).Concat(FilesWith(Token)));
        Assert.Equal("hub\nkey\n", (await _ilab.RunAsync("secret", "ls", "-q")).Expect(0).Output);
        (await _ilab.RunAsync("secret", "rm", "hub", "key")).Expect(0);
        Assert.Empty(All.SelectMany(FilesWith));
    }

    [Fact]
    public async Task AServiceThatRepeatsAWrongKeyDoesNotBringItIntoAnyLog()
    {
        _teacher.Refuse = static _ => (401, $$$"""{"error":{"message":"Incorrect API key provided: {{{OfJob}}}"}}""");
        var result = await _ilab.RunWithAsync("", [("ILAB_TEACHER_KEY", OfJob)], [.. Generation()]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Incorrect API key provided: (hidden)", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(OfJob, result.Error + _ilab.Log, StringComparison.Ordinal);
        Assert.Empty(FilesWith(OfJob));
    }

    [Theory]
    [InlineData("model", "download", "http://me:sk-in-the-address@127.0.0.1:9/m.gguf")]
    [InlineData("model", "download", "https://sk-in-the-address@host.example/m.gguf", "-d")]
    [InlineData("data", "generate", "QNA", "--teacher", "big", "--teacher-url", "https://u:sk-in-the-address@host.example/v1")]
    public async Task AnAddressWithACredentialIsRefusedAndNotRepeated(params string[] command)
    {
        var file = Generation().First(static word => word.EndsWith("qna.yaml", StringComparison.Ordinal));
        var result = (await _ilab.RunAsync([.. command.Select(word => word == "QNA" ? file : word)])).Expect(2);
        Assert.Contains("contains credentials", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-in-the-address", result.Error + _ilab.Log, StringComparison.Ordinal);
        Assert.Empty(FilesWith("sk-in-the-address"));
    }

    [SkippableFact]
    public async Task NeitherMemoryNorEnvironmentOfTheServiceCanBeReadAndItLeavesNoCore()
    {
        var pid = _ilab.ServicePid;
        var limits = await File.ReadAllLinesAsync($"/proc/{pid}/limits");
        Assert.Matches("^Max core file size +0 +0 ", Assert.Single(limits, static line => line.StartsWith("Max core file size", StringComparison.Ordinal)));
        Skip.IfNot(TestUser.CanBecomeAnother, TestUser.NeedsRoot);
        foreach (var file in new[] { "environ", "mem", "maps" })
        {
            using var look = Process.Start(TestUser.Start(_ilab.User, "head", ["-c", "1", $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/{file}"]))!;
            await look.WaitForExitAsync();
            Assert.NotEqual(0, look.ExitCode);
        }
    }

    private IEnumerable<string> Generation(params string[] options)
    {
        var path = Path.Combine(_ilab.Root, "compositional_skills", "notes", "qna.yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, QnaFiles.Skill());
        string[] teacher = ["--teacher", "big", "--teacher-url", _teacher.Address.ToString()];
        return ["data", "generate", path, "--num-samples", "4", "--replace", .. teacher, .. options];
    }

    private async Task<string> GenerateAsync((string, string?)[] environment, params string[] options) =>
        (await _ilab.RunWithAsync("", environment, [.. Generation([.. options, "-d"])])).Expect(0).Output.Trim();

    private async Task<string> DownloadAsync(string path, (string, string?)[] environment, params string[] options)
    {
        var url = _hub.Put(path, Encoding.UTF8.GetBytes("GGUF"));
        _hub.Misbehave(
            path,
            async (_, _) =>
            {
                await _over.Task;
                return false;
            }
        );
        return (await _ilab.RunWithAsync("", environment, ["model", "download", url.ToString(), "-d", .. options])).Expect(0).Output.Trim();
    }

    private static async Task WaitForAsync(Func<bool> isSo)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
        }
    }

    /// <summary>Files of the installation: database, write-ahead log, blobs, jobs, events, audit, runners.</summary>
    private IEnumerable<string> FilesWith(string secret) =>
        Directory
            .GetFiles(_ilab.Root, "*", SearchOption.AllDirectories)
            .Where(static path => File.Exists(path) && new FileInfo(path).Attributes is var kind && !kind.HasFlag(FileAttributes.ReparsePoint))
            .Where(path => Contains(path, secret));

    private static IEnumerable<string> ProcessesWith(string[] secrets) =>
        from folder in Directory.GetDirectories("/proc")
        where int.TryParse(Path.GetFileName(folder), out _)
        from file in new[] { "cmdline", "environ" }
        let path = Path.Combine(folder, file)
        where secrets.Any(secret => Contains(path, secret))
        select path;

    private static bool Contains(string path, string text)
    {
        try
        {
            using var file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var all = new MemoryStream();
            file.CopyTo(all);
            return all.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // a socket, a process that has ended, or one of somebody else
        }
    }
}
