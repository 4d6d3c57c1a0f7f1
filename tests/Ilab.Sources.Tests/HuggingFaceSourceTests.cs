using System.Text;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Sources.Http;
using Ilab.Sources.HuggingFace;
using Ilab.Testing;

namespace Ilab.Sources.Tests;

/// <summary>What a reference to the hub means, asked of a hub on loopback.</summary>
public sealed class HuggingFaceSourceTests : IAsyncLifetime
{
    private const string Tree = "/api/models/org/repo-GGUF/tree/main";
    private readonly SourceHttp _http = new("ilab-tests");
    private readonly Dictionary<string, string> _environment = [];
    private ScriptedHub _hub = null!;
    private HuggingFaceSource _source = null!;

    public async Task InitializeAsync()
    {
        _hub = await ScriptedHub.StartAsync();
        _environment["HF_ENDPOINT"] = _hub.Address.ToString();
        _source = new HuggingFaceSource(
            _http,
            new Retries(TimeProvider.System) { Backoff = TimeSpan.FromMilliseconds(5), Most = 2 },
            _environment.GetValueOrDefault
        );
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData("org/repo-GGUF", "m.Q4_K_M.gguf", "repo")]
    [InlineData("org/repo-GGUF:Q8_0", "m.Q8_0.gguf", "repo:q8_0")]
    [InlineData("hf.co/org/repo-GGUF:q4_k", "m.Q4_K.gguf", "repo:q4_k")]
    [InlineData("hf://org/repo-GGUF/m.Q8_0.gguf", "m.Q8_0.gguf", "m.q8_0")]
    [InlineData("https://huggingface.co/org/repo-GGUF", "m.Q4_K_M.gguf", "repo")]
    [InlineData("https://huggingface.co/org/repo-GGUF/tree/main", "m.Q4_K_M.gguf", "repo")]
    [InlineData("https://huggingface.co/org/repo-GGUF/resolve/main/m.Q8_0.gguf", "m.Q8_0.gguf", "m.q8_0")]
    [InlineData("https://huggingface.co/org/repo-GGUF/resolve/main/m.Q8_0.gguf?download=true", "m.Q8_0.gguf", "m.q8_0")]
    [InlineData("http://HF.co/org/repo-GGUF/blob/main/m.Q8_0.gguf#files", "m.Q8_0.gguf", "m.q8_0")]
    public async Task AReferenceFindsItsFile(string reference, string file, string name)
    {
        List("m.Q4_K.gguf", "m.Q4_K_M.gguf", "m.Q8_0.gguf", "mmproj-m.gguf", "README.md");
        var plan = await PlanAsync(reference);
        Assert.Equal(file, Assert.Single(plan.Files).FileName);
        Assert.Equal(name, plan.SuggestedName, ignoreCase: true);
        Assert.Equal(64, plan.Files[0].Expected!.Value.Hex.Length);
        Assert.Equal(1000, plan.Files[0].Size);
    }

    [Theory]
    [InlineData("https://huggingface.co/org/repo-GGUF/blob/refs%2Fpr%2F1/some%20folder/m.gguf", "refs/pr/1", "some folder/m.gguf")]
    [InlineData("https://huggingface.co/org/repo-GGUF/tree/v2/Q8_0/", "v2", "Q8_0")]
    [InlineData("hf://org/repo-GGUF@v2/resolve/main/m.gguf", "v2", "resolve/main/m.gguf")]
    public void AnAddressSaysItsRevision(string address, string revision, string file)
    {
        Assert.True(HubReference.IsOne(address));
        Assert.Equal(new HubReference("org/repo-GGUF", revision, file, null), HubReference.Parse(address));
    }

    [Fact]
    public async Task AModelInPartsIsAllItsParts()
    {
        List("big-Q8_0-00002-of-00002.gguf", "big-Q8_0-00001-of-00002.gguf");
        foreach (var reference in new[] { "org/repo-GGUF:Q8_0", "hf://org/repo-GGUF/big-Q8_0-00002-of-00002.gguf" })
        {
            Assert.Equal(
                ["big-Q8_0-00001-of-00002.gguf", "big-Q8_0-00002-of-00002.gguf"],
                (await PlanAsync(reference)).Files.Select(static file => file.FileName)
            );
        }
    }

    [Fact]
    public async Task AMissingPartIsSaid()
    {
        List("big-Q8_0-00001-of-00002.gguf");
        Assert.Contains("00002-of-00002", (await RefusedAsync("org/repo-GGUF:Q8_0", ErrorKind.Source)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMissingQuantizationNamesWhatThereIs()
    {
        List("m.Q8_0.gguf");
        Assert.Contains("m.Q8_0.gguf", (await RefusedAsync("org/repo-GGUF:Q2_K", ErrorKind.NotFound)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AListInPagesIsReadToItsEnd()
    {
        _hub.Misbehave(
            Tree,
            async (context, _) =>
            {
                context.Response.Headers.Link = $"<{_hub.Address}api/page2>; rel=\"next\"";
                await context.Response.Body.WriteAsync(Json("a.Q2_K.gguf"));
                return true;
            }
        );
        _hub.Put("/api/page2", Json("b.Q8_0.gguf"));
        Assert.Equal("b.Q8_0.gguf", (await PlanAsync("org/repo-GGUF:Q8_0")).Files[0].FileName);
    }

    [Fact]
    public async Task ACredentialDoesNotFollowALinkToAnotherHost()
    {
        _environment["HF_TOKEN"] = "secret";
        _hub.Misbehave(
            Tree,
            async (context, _) =>
            {
                context.Response.Headers.Link = $"<{_hub.OtherHost}api/page2>; rel=\"next\"";
                await context.Response.Body.WriteAsync(Json("a.Q2_K.gguf"));
                return true;
            }
        );
        _hub.Put("/api/page2", Json("b.Q8_0.gguf"));
        await PlanAsync("org/repo-GGUF:Q8_0");
        Assert.Equal(["Bearer secret", null], _hub.Requests.Select(static request => request.Authorization));
    }

    [Theory]
    [InlineData(401, "GatedRepo", ErrorKind.PermissionDenied, "terms")]
    [InlineData(401, "RepoNotFound", ErrorKind.NotFound, "repo-GGUF")]
    [InlineData(404, "RevisionNotFound", ErrorKind.NotFound, "revision")]
    [InlineData(403, "", ErrorKind.PermissionDenied, "access")]
    public async Task TheHubsRefusalsSayWhatToDo(int status, string code, ErrorKind kind, string word)
    {
        _hub.Answer(Tree, status, ("X-Error-Code", code));
        Assert.Contains(word, (await RefusedAsync("org/repo-GGUF", kind)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHubThatStumblesIsAskedAgain()
    {
        List("m.Q8_0.gguf");
        _hub.Answer(Tree, 502);
        Assert.Single((await PlanAsync("org/repo-GGUF")).Files);
    }

    [Fact]
    public async Task NonsenseIsNotTakenForAList()
    {
        _hub.Put(Tree, "<html>login</html>"u8.ToArray());
        await RefusedAsync("org/repo-GGUF", ErrorKind.Source);
    }

    [Fact]
    public async Task AHubThatIsNotThereIsALine()
    {
        _environment["HF_ENDPOINT"] = "http://127.0.0.1:1";
        Assert.Contains("127.0.0.1 cannot be reached", (await RefusedAsync("org/repo-GGUF", ErrorKind.Source)).Message, StringComparison.Ordinal);
    }

    private Task<SourcePlan> PlanAsync(string reference) =>
        _source.PlanAsync(new DownloadRequest { Source = reference }, static _ => { }, CancellationToken.None);

    private async Task<EngineException> RefusedAsync(string reference, ErrorKind kind)
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => PlanAsync(reference));
        Assert.Equal(kind, error.Kind);
        return error;
    }

    private void List(params string[] files) => _hub.Put(Tree, Json(files));

    private static byte[] Json(params string[] files) =>
        Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(
                files.Select(static file => new
                {
                    type = "file",
                    path = file,
                    size = 1000,
                    lfs = new { oid = new string('a', 64), size = 1000 },
                })
            )
        );
}
