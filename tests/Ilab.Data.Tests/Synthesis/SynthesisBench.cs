using System.Text;
using Ilab.Data.Datasets;
using Ilab.Data.Synthesis;
using Ilab.Data.Synthesis.Teachers;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Content;
using Ilab.Testing;
using Ilab.Testing.Stores;
using Ilab.Testing.Taxonomies;

namespace Ilab.Data.Tests.Synthesis;

/// <summary>A store, a scripted teacher behind real HTTP, and jobs that are run by hand.</summary>
internal sealed class SynthesisBench : IAsyncDisposable
{
    private readonly StoreFixture _store = new(owners: DatasetCatalog.Owner);
    private readonly EventBus _events;

    private SynthesisBench(ScriptedTeacher teacher)
    {
        Teacher = teacher;
        Catalog = new DatasetCatalog(_store.Content, _store.Database, _store.Leases, _store.Collector, TimeProvider.System);
        _events = new EventBus(_store.Options, TimeProvider.System);
    }

    public ScriptedTeacher Teacher { get; }

    public DatasetCatalog Catalog { get; }

    public List<string> Log { get; } = [];

    /// <summary>Of the job, not of the teacher's connections.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    public List<Transfer> Progress { get; } = [];

    public static async Task<SynthesisBench> StartAsync() => new(await ScriptedTeacher.StartAsync());

    public static InputFile Skill(string name, string task = "Short notes") =>
        new(
            InputKind.Questions,
            $"compositional_skills/{name}/qna.yaml",
            $"/t/compositional_skills/{name}/qna.yaml",
            "",
            Encoding.UTF8.GetBytes(QnaFiles.Skill().Replace("Short notes", task, StringComparison.Ordinal))
        );

    public static InputFile[] Knowledge(string name, params string[] documents) =>
        [
            new(InputKind.Questions, $"knowledge/{name}/qna.yaml", $"/t/knowledge/{name}/qna.yaml", "", Encoding.UTF8.GetBytes(QnaFiles.Knowledge())),
            .. documents.Select(
                (text, index) => new InputFile(InputKind.Document, $"doc{index}.md", "", $"knowledge/{name}/qna.yaml", Encoding.UTF8.GetBytes(text))
            ),
        ];

    public SynthesisRequest Request(params InputFile[] files) =>
        new()
        {
            Name = "made",
            Replace = true,
            Teacher = new TeacherChoice
            {
                Name = "scripted",
                Url = Teacher.Address.ToString(),
                TimeoutSeconds = 20,
                PatienceSeconds = 20,
            },
            Inputs = SynthesisHandler.Put(_store.Content, new SynthesisInputs(files)),
            Concurrency = 4,
            Samples = 20,
            Batch = 2,
        };

    /// <summary>Runs a job in a folder, as often as one likes.</summary>
    public async Task<string> RunAsync(SynthesisRequest request, string job, CancellationToken cancellationToken = default)
    {
        var record = new JobRecord
        {
            Id = job.PadRight(32, '0'),
            Kind = "generate",
            Title = "",
            Request = SynthesisHandler.ToJson(request),
        };
        var context = new JobContext(record, FolderOf(job), Progress.Add, (level, text) => Say($"{level}: {text}"), new JobSecrets(_store.Secrets, record));
        using var teachers = new TeacherFactory(null, null, TimeProvider.System)
        {
            Retries = new RetryPolicy { First = TimeSpan.FromMilliseconds(5), Longest = TimeSpan.FromMilliseconds(100) },
        };
        return await new SynthesisHandler(Catalog, teachers, _events, Time).RunAsync(context, cancellationToken);
    }

    public string FolderOf(string job) => _store.At(Path.Combine("jobs", job));

    public async Task<Digest> DigestAsync(string name) => (await Catalog.FindAsync(name, CancellationToken.None)).Digest;

    public async Task<IReadOnlyList<string>> LinesAsync(string name, string? file = null)
    {
        using var dataset = await Catalog.ResolveAsync(name, "test", CancellationToken.None);
        return [.. dataset.Lines(file)];
    }

    public async ValueTask DisposeAsync()
    {
        await Teacher.DisposeAsync();
        _events.Dispose();
        _store.Dispose();
    }

    private void Say(string line)
    {
        lock (Log)
        {
            Log.Add(line);
        }
    }
}
