using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>
/// Who may call over TCP: with tokens and with client certificates, over gRPC (with the real client) and HTTP, from a service that has both with TLS.
/// </summary>
public sealed class RemoteAccessTests : IAsyncLifetime
{
    private const string Ask = """{"model":"far","max_tokens":3,"messages":[{"role":"user","content":"Hi."}]}""";

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _foreign;
    private string _grpc = "";
    private string _http = "";

    public RemoteAccessTests()
    {
        _authority = new TestAuthority(_ilab.Root, "authority");
        _foreign = new TestAuthority(_ilab.Root, "foreign");
    }

    public async Task InitializeAsync()
    {
        var (certificate, key) = _authority.IssueServer("server");
        RandomLlama.Write(Path.Combine(_ilab.Root, "far.gguf"), LlamaShape.Talkative, "far");
        _ilab.WritePolicy(
            "certificate.ann = root",
            "certificate.guest = 4242",
            "user.4242 = none",
            "certificate.busy = 4243",
            "user.4243 = user",
            "user.4243.rpm = 2"
        );
        await _ilab.StartAsync([
            "--http",
            "127.0.0.1:0",
            "--grpc",
            "127.0.0.1:0",
            "--tls-cert",
            certificate,
            "--tls-key",
            key,
            "--tls-client-ca",
            _authority.File,
            "--threads",
            "1",
        ]);
        _http = Local(await _ilab.LogLineAsync("HTTP APIs at "));
        _grpc = Local(await _ilab.LogLineAsync("gRPC at "));
        (await _ilab.RunAsync("model", "import", Path.Combine(_ilab.Root, "far.gguf"), "--name", "far")).Expect(0);
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _authority.Dispose();
        _foreign.Dispose();
        _compute.Dispose();
    }

    [Fact]
    public async Task ATokenOpensWhatItsScopesSay()
    {
        var usual = await TokenAsync("usual");
        Assert.Contains("far:latest", (await AskAsync("model", "ls", Token(usual))).Expect(0).Output, StringComparison.Ordinal);
        (await AskAsync("model", "inference", "--model-name", "far", "--prompt", "a", "--max-length", "3", Token(usual))).Expect(0);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(usual));

        var reader = await TokenAsync("reader", "--scope", "look");
        (await AskAsync("model", "ls", Token(reader))).Expect(0);
        var refused = await AskAsync("model", "inference", "--model-name", "far", "--prompt", "a", Token(reader));
        Assert.Contains("the token does not have the scope run", refused.Expect(125).Error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(reader));
        Assert.Contains("scope manage", (await AskAsync("system", "stop", Token(usual))).Expect(125).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAValidTokenNothingButTheVersionIsTold()
    {
        (await AskAsync("version")).Expect(0);
        Assert.Contains("a token is needed", (await AskAsync("model", "ls")).Expect(125).Error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(null));

        var expired = await TokenAsync("expired", "--expires", "1s");
        var revoked = await TokenAsync("revoked");
        Assert.Equal(HttpStatusCode.OK, await PostAsync(revoked));
        var listed = JsonNode.Parse((await _ilab.RunAsync("token", "ls", "--format", "json")).Expect(0).Output)!.AsArray();
        (await _ilab.RunAsync("token", "rm", (string)listed.Single(static token => (string?)token!["Name"] == "revoked")!["Id"]!)).Expect(0);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        var unknown = Path.Combine(_ilab.Root, "unknown");
        await File.WriteAllTextAsync(unknown, "ilab_" + new string('A', 43));
        foreach (var token in new[] { expired, revoked, unknown })
        {
            var refused = await AskAsync("model", "ls", Token(token));
            Assert.Contains("the token is not valid: it is unknown, removed or expired", refused.Expect(125).Error, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(token));
        }
    }

    [Fact]
    public async Task AClientCertificateIsTheUserWhomThePolicyNames()
    {
        var ann = _authority.IssueClient("ann", "ann");
        (await AskAsync("model", "inference", "--model-name", "far", "--prompt", "a", "--max-length", "3", Certificate(ann))).Expect(0);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(null, ann));
        Assert.Contains(
            "certificate ann",
            (await AskAsync("system", "audit", "--format", "json", Certificate(ann))).Expect(0).Output,
            StringComparison.Ordinal
        );

        // Of the same authority, but nobody's, and of somebody who may do nothing.
        var stranger = _authority.IssueClient("stranger", "stranger");
        Assert.Contains(
            "the client certificate of stranger is nobody's",
            (await AskAsync("model", "ls", Certificate(stranger))).Expect(125).Error,
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(null, stranger));
        var guest = _authority.IssueClient("guest", "guest");
        Assert.Contains("may not use this service", (await AskAsync("model", "ls", Certificate(guest))).Expect(125).Error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(null, guest));
    }

    [Fact]
    public async Task CallsPerMinuteAreCounted()
    {
        var busy = Certificate(_authority.IssueClient("busy", "busy"));
        (await AskAsync("model", "ls", busy)).Expect(0);
        (await AskAsync("model", "ls", busy)).Expect(0);
        Assert.Contains("more than 2 requests per minute", (await AskAsync("model", "ls", busy)).Expect(125).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForeignAndExpiredCertificatesAreNotLetIn()
    {
        var expired = _authority.IssueClient("late", "ann", DateTimeOffset.UtcNow.AddDays(-1));
        var foreign = _foreign.IssueClient("other", "ann");
        var wrongUse = _authority.IssueServer("no-client");
        foreach (var certificate in new[] { expired, foreign, wrongUse })
        {
            var refused = await AskAsync("model", "ls", Certificate(certificate));
            Assert.DoesNotContain("far", refused.Expect(125).Output, StringComparison.Ordinal);
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => PostAsync(null, certificate));
        }
    }

    [Fact]
    public async Task TheClientKnowsItsService()
    {
        var token = await TokenAsync("careful");
        var refused = await _ilab.RunAsync("model", "ls", "--url", _grpc, "--tls-ca", _foreign.File, "--token-file", token);
        Assert.Contains("no secure connection", refused.Expect(125).Error, StringComparison.Ordinal);
        refused = await _ilab.RunAsync("model", "ls", "--url", "tcp://192.0.2.1:8001", "--token-file", token);
        Assert.Contains("could be read on the way", refused.Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConnectionKeepsWhatItNeeds()
    {
        var token = await TokenAsync("kept");
        (await _ilab.RunAsync("system", "connection", "add", "far", _grpc, "--tls-ca", _authority.File, "--token-file", token)).Expect(0);
        Assert.Contains("far:latest", (await _ilab.RunAsync("model", "ls", "--connection", "far")).Expect(0).Output, StringComparison.Ordinal);

        // What is only here has to be sent: a path means nothing on another machine, even if it happens to exist there.
        var own = Path.Combine(_ilab.Root, "own.gguf");
        RandomLlama.Write(own, LlamaShape.Smallest, "own");
        var wide = await TokenAsync("wide", "--scope", "look,run,own,import");
        (await AskAsync("model", "import", own, "--name", "sent", Token(wide))).Expect(0);
        Assert.Contains("sent:latest", (await AskAsync("model", "ls", Token(wide))).Expect(0).Output, StringComparison.Ordinal);
    }

    private static string[] Token(string file) => ["--token-file", file];

    private static string[] Certificate((string Certificate, string Key) files) => ["--tls-cert", files.Certificate, "--tls-key", files.Key];

    private static string Local(string logLine) => logLine.Split(' ')[^1].Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    private Task<CommandResult> AskAsync(params object[] arguments) =>
        _ilab.RunAsync([.. arguments.SelectMany(static one => one as string[] ?? [(string)one]), "--url", _grpc, "--tls-ca", _authority.File]);

    /// <returns>A file with a new token.</returns>
    private async Task<string> TokenAsync(string name, params string[] options)
    {
        var file = Path.Combine(_ilab.Root, $"{name}.token");
        await File.WriteAllTextAsync(file, (await _ilab.RunAsync(["token", "create", "--name", name, .. options])).Expect(0).Output);
        return file;
    }

    private async Task<HttpStatusCode> PostAsync(string? tokenFile, (string Certificate, string Key)? certificate = null)
    {
        using var handler = new SocketsHttpHandler();
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(_authority.File);
        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy, EnabledSslProtocols = SslProtocols.None };
        if (certificate is { } files)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(files.Certificate, files.Key),
                null,
                offline: true
            );
        }

        using var client = new HttpClient(handler) { BaseAddress = new Uri(_http) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Ask) };
        if (tokenFile is not null)
        {
            request.Headers.Add("Authorization", $"Bearer {(await File.ReadAllTextAsync(tokenFile)).Trim()}");
        }

        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
