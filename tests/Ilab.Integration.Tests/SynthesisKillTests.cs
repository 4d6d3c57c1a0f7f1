using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>
/// kill -9 of the service, of the teacher's runner and of the client in the middle of a generation with a model of the store. <c>ILAB_TEST_KILLS</c> says how
/// often each of them is killed in one generation (3).
/// </summary>
[Trait("Category", "SameForEveryUser")]
public sealed class SynthesisKillTests(SynthesisKillTests.Unbroken unbroken) : IClassFixture<SynthesisKillTests.Unbroken>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("ILAB_TEST_KILLS") ?? "3", CultureInfo.InvariantCulture);
    private static readonly int Samples = 60 + (4 * Kills);

    private IlabInstallation Ilab => unbroken.Ilab;

    [Theory]
    [InlineData("service")]
    [InlineData("runner")]
    [InlineData("client")]
    public async Task KilledAtRandomMomentsItEndsAsTheUnbrokenOne(string victim)
    {
        var created = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var jobs = new FileSystemWatcher(unbroken.Jobs) { NotifyFilter = NotifyFilters.DirectoryName };
        jobs.Created += (_, made) => created.TrySetResult(made.FullPath);
        jobs.EnableRaisingEvents = true;
        var name = $"broken-{victim}";
        var client = Ilab.Start([], unbroken.Generate(name));
        var folder = await created.Task.WaitAsync(Patience);
        var journal = new Journal(Path.Combine(folder, "calls.jsonl"));
        var random = new Random(20);
        // The first comes surely before the end; a later one may come after it, on a machine that is fast enough.
        foreach (var moment in Enumerable.Range(0, Kills).Select(kill => random.Next(kill == 0 ? Samples / 4 : Samples)).Order())
        {
            await journal.ReachAsync(moment).WaitAsync(Patience);
            switch (victim)
            {
                case "service":
                    await Ilab.KillAsync();
                    await Ilab.StartAsync("--threads", "1");
                    break;
                case "runner":
                    KillRunners();
                    break;
                default:
                    client.Kill();
                    await client.WaitForExitAsync();
                    client.Dispose();
                    client = Ilab.Start([], "job", "attach", Path.GetFileName(folder));
                    break;
            }
        }

        var (said, why) = (client.StandardOutput.ReadToEndAsync(), client.StandardError.ReadToEndAsync());
        await client.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(client.ExitCode == 0, await why);
        Assert.Equal($"{name}:latest\n", await said);
        client.Dispose();
        Assert.Equal(unbroken.Dataset, (await Ilab.RunAsync("data", "inspect", name, "--format", Unbroken.Shown)).Expect(0).Output);

        var attempts = JsonDocument
            .Parse((await Ilab.RunAsync("job", "inspect", Path.GetFileName(folder))).Expect(0).Output)
            .RootElement[0]
            .GetProperty("Attempts")
            .GetInt32();
        Assert.InRange(attempts, victim == "service" ? 2 : 1, victim == "service" ? Kills + 1 : 1);

        // Every call is there, and none twice: what a kill took with it was asked again, and nothing else.
        var keys = File.ReadLines(Path.Combine(folder, "calls.jsonl"))
            .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("k").GetString())
            .ToList();
        Assert.Equal((Samples, Samples), (keys.Count, keys.Distinct().Count()));
    }

    private void KillRunners()
    {
        foreach (var bundle in Directory.GetDirectories(Path.Combine(Ilab.Root, "run", "runners")))
        {
            try
            {
                using var runner = Process.GetProcessById(
                    JsonDocument.Parse(File.ReadAllText(Path.Combine(bundle, "ready.json"))).RootElement.GetProperty("pid").GetInt32()
                );
                if (runner.ProcessName == "ilab-runner")
                {
                    runner.Kill();
                }
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException)
            {
                // Not ready yet; or one that an earlier kill ended, and that goes just now.
            }
        }
    }

    /// <summary>The answers that are on disk, watched without asking again and again.</summary>
    private sealed class Journal(string path)
    {
        /// <summary>Returns when there are so many.</summary>
        public async Task ReachAsync(int answers)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path))
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.Size | NotifyFilters.LastWrite,
            };
            watcher.Created += (_, _) => Look();
            watcher.Changed += (_, _) => Look();
            watcher.EnableRaisingEvents = true;
            Look();
            await reached.Task;

            void Look()
            {
                if (Count() >= answers)
                {
                    reached.TrySetResult();
                }
            }
        }

        private int Count()
        {
            if (!File.Exists(path))
            {
                return 0;
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            return bytes.GetBuffer().AsSpan(0, (int)bytes.Length).Count((byte)'\n');
        }
    }

    /// <summary>The starter model as the teacher, and what it makes when nobody disturbs it.</summary>
    public sealed class Unbroken : IAsyncLifetime
    {
        public const string Shown = "{{.Digest}} {{.Samples}} {{.Statistics.Duplicates}}";

        private const string Pipeline = """
            version: "1.0"
            blocks:
              - name: answer
                type: LLMBlock
                config: {config_path: prompt.yaml, output_cols: [response], gen_kwargs: {max_tokens: 24, keep_cut: true, temperature: 0}}
              - {name: keep, type: RenameColumnsBlock, config: {columns_map: {seed_question: question}}}
            """;

        private static readonly string[] Numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

        public IlabInstallation Ilab { get; } = new();

        /// <summary>Digest, samples and duplicates.</summary>
        public string Dataset { get; private set; } = "";

        /// <summary>Folder with the jobs' folders.</summary>
        public string Jobs { get; private set; } = "";

        private string Questions => Path.Combine(Ilab.Root, "skill", "qna.yaml");

        public string[] Generate(string name) =>
            [
                "data",
                "generate",
                "--skill",
                Questions,
                "--teacher",
                "starter",
                "--pipeline",
                Path.Combine(Ilab.Root, "skill", "p.yaml"),
                "--scale-factor",
                "1",
                "--concurrency",
                "2",
                "--batch-size",
                "4",
                "--name",
                name,
            ];

        public async Task InitializeAsync()
        {
            await Ilab.StartAsync("--threads", "1");
            (await Ilab.RunAsync("model", "import", Path.Combine(TestPaths.Repository, "packaging", "starter", "starter.gguf"), "--name", "starter")).Expect(0);
            var folder = Directory.CreateDirectory(Path.GetDirectoryName(Questions)!).FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "p.yaml"), Pipeline);
            await File.WriteAllTextAsync(Path.Combine(folder, "prompt.yaml"), "generation: '{{seed_question}}'\n");
            var seeds = Enumerable.Range(0, Samples).Select(static index => $"  - question: What is {Sum(index)}?\n    answer: a number, {index}\n");
            await File.WriteAllTextAsync(Questions, $"version: 3\ncreated_by: ada\ntask_description: sums\nseed_examples:\n{string.Concat(seeds)}");
            (await Ilab.RunAsync(Generate("unbroken"))).Expect(0);
            Dataset = (await Ilab.RunAsync("data", "inspect", "unbroken", "--format", Shown)).Expect(0).Output;
            Assert.EndsWith($" {Samples} 0\n", Dataset, StringComparison.Ordinal);
            var job = JsonDocument
                .Parse(
                    (await Ilab.RunAsync("job", "inspect", (await Ilab.RunAsync("job", "ls", "--all", "--filter", "kind=generate", "-q")).Output.Trim()))
                        .Expect(0)
                        .Output
                )
                .RootElement[0];
            Jobs = Path.GetDirectoryName(job.GetProperty("Directory").GetString()!)!;
        }

        public async Task DisposeAsync() => await Ilab.DisposeAsync();

        /// <summary>Another one for each index.</summary>
        private static string Sum(int index) =>
            string.Join(" plus ", index.ToString("00", CultureInfo.InvariantCulture).Select(static digit => Numbers[digit - '0']));
    }
}
