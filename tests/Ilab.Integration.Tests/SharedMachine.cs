using System.Globalization;
using System.Text;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>
/// A service of its own user, and four people: alice is a user, bob a trainer, carol an admin, dave is none. Each has something; two downloads of each of alice
/// and bob wait for a hub that does not answer.
/// </summary>
public sealed class SharedMachine : IAsyncLifetime
{
    public const uint IlabGroup = 20100;

    public const string Secret = "hf_of-alice-0123456789";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static readonly TestUser Service = new(20101, IlabGroup);

    public static readonly IReadOnlyDictionary<string, TestUser> People = new Dictionary<string, TestUser>
    {
        ["alice"] = new(20102, 20102, IlabGroup),
        ["bob"] = new(20103, 20103, IlabGroup),
        ["carol"] = new(20104, 20104, IlabGroup),
        ["dave"] = new(20105, 20105, IlabGroup),
    };

    private readonly GgmlLock _compute = new();
    private readonly TaskCompletionSource _over = new();
    private ScriptedHub? _hub;

    public IlabInstallation Ilab { get; } = new() { User = TestUser.CanBecomeAnother ? Service : null };

    /// <summary>What stands for something in the table of docs/security.md.</summary>
    public Dictionary<string, string> Words { get; } = [];

    public static string NumberOf(string name) => People[name].Id.ToString(CultureInfo.InvariantCulture);

    public async Task InitializeAsync()
    {
        if (!TestUser.CanBecomeAnother)
        {
            return;
        }

        foreach (var folder in new[] { Path.GetDirectoryName(Ilab.Root)!, Ilab.Root })
        {
            File.SetUnixFileMode(folder, Passable);
        }

        Ilab.WritePolicy(
            "default = none",
            $"group.{IlabGroup} = user",
            $"user.{NumberOf("bob")} = trainer",
            $"user.{NumberOf("carol")} = admin",
            $"user.{NumberOf("dave")} = none"
        );
        await Ilab.StartAsync("--threads", "1");
        await MakeFilesAsync();
        await FillAsync();
    }

    public async Task DisposeAsync()
    {
        _over.TrySetResult();
        await Ilab.DisposeAsync();
        if (_hub is not null)
        {
            await _hub.DisposeAsync();
        }

        _compute.Dispose();
    }

    public async Task<CommandResult> AsAsync(string who, params string[] arguments) => await Ilab.RunAsync(People[who], arguments);

    private async Task MakeFilesAsync()
    {
        string At(string name) => Path.Combine(Ilab.Root, name);
        var (model, records, others, secret) = (At("m.gguf"), At("records.jsonl"), At("others.jsonl"), At("secret"));
        RandomTransformer.Write(model, new TransformerShape());
        await File.WriteAllTextAsync(records, """{"prompt":"The sea is","completion":" blue."}""" + "\n");
        await File.WriteAllTextAsync(others, """{"prompt":"Nobody may","completion":" read this."}""" + "\n");
        await File.WriteAllTextAsync(secret, Secret + "\n");
        Array.ForEach([model, records, others, secret], static path => File.SetUnixFileMode(path, Passable));
        Words["OTHERS"] = others;
        _hub = await ScriptedHub.StartAsync();
        Words["MODEL"] = model;
        Words["RECORDS"] = records;
        Words["SECRET"] = secret;
        Words["URL"] = _hub.Put("/m.gguf", await File.ReadAllBytesAsync(model)).ToString();
        Words["BOB"] = NumberOf("bob");
    }

    private async Task FillAsync()
    {
        var (model, records, secret) = (Words["MODEL"], Words["RECORDS"], Words["SECRET"]);
        (await AsAsync("carol", "model", "import", model, "--name", "base")).Expect(0);
        (await AsAsync("carol", "data", "import", Words["OTHERS"], "--name", "carols")).Expect(0);
        foreach (var name in new[] { "bobs", "bobs-old", "bobs-spare" })
        {
            (await AsAsync("bob", "model", "tag", "base", name)).Expect(0);
        }

        foreach (var name in new[] { "alices", "alices-old" })
        {
            (await AsAsync("alice", "model", "tag", "base", name)).Expect(0);
        }

        (await AsAsync("bob", "data", "import", records, "--name", "birds")).Expect(0);
        (await AsAsync("bob", "data", "import", records, "--name", "birds-old")).Expect(0);
        (await AsAsync("alice", "secret", "create", "hf", secret)).Expect(0);
        (await AsAsync("bob", "secret", "create", "openai", secret)).Expect(0);
        (await AsAsync("bob", "secret", "create", "spare", secret)).Expect(0);
        foreach (var (who, word) in new[] { ("alice", "ALICES_JOB"), ("alice", "ALICES_OTHER_JOB"), ("bob", "BOBS_JOB"), ("bob", "BOBS_OTHER_JOB") })
        {
            Words[word] = await WaitingDownloadAsync(who, word);
        }
    }

    private async Task<string> WaitingDownloadAsync(string who, string file)
    {
        var path = $"/{file}.gguf";
        var asked = new TaskCompletionSource();
        var url = _hub!.Put(path, Encoding.UTF8.GetBytes("GGUF"));
        _hub.Misbehave(
            path,
            async (_, _) =>
            {
                asked.TrySetResult();
                await _over.Task;
                return false;
            }
        );
        var id = (await AsAsync(who, "model", "download", url.ToString(), "--name", file.ToLowerInvariant(), "-d")).Expect(0).Output.Trim();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return id;
    }
}
