using System.Security.Cryptography;

namespace Ilab.Testing.Servers;

/// <summary>Debian's <c>docker-registry</c>: a real OCI registry, which gives out blobs in ranges.</summary>
public static class RegistryServer
{
    /// <summary>What a test says when it is skipped.</summary>
    public const string Reason = "needs docker-registry (Debian package of that name)";

    /// <summary>Null = it is not installed.</summary>
    public static ServerSpec? Spec { get; } =
        ServerSpec.Find("docker-registry") is not { } program
            ? null
            : new ServerSpec
            {
                Name = "registry",
                Program = program,
                Arguments = ["serve", "{data}/config.yml"],
                Environment = new Dictionary<string, string> { ["OTEL_TRACES_EXPORTER"] = "none" },
                Files = new Dictionary<string, string>
                {
                    ["config.yml"] = """
                        version: 0.1
                        log:
                          accesslog:
                            disabled: true
                        storage:
                          filesystem:
                            rootdirectory: {data}/blobs
                        http:
                          addr: 127.0.0.1:{port}
                        """,
                },
                ReadyLine = "listening on",
            };

    /// <summary>Uploads a blob in one piece.</summary>
    /// <returns>Where it is.</returns>
    public static async Task<Uri> PutBlobAsync(TestServer server, string repository, byte[] bytes)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        using var begun = await client.PostAsync(new Uri($"v2/{repository}/blobs/uploads/", UriKind.Relative), null);
        begun.EnsureSuccessStatusCode();
        var digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
        var location = new Uri(server.Address, begun.Headers.Location!);
        using var content = new ByteArrayContent(bytes);
        using var done = await client.PutAsync(new Uri($"{location}{(location.Query.Length > 0 ? "&" : "?")}digest={Uri.EscapeDataString(digest)}"), content);
        done.EnsureSuccessStatusCode();
        return new Uri(server.Address, $"v2/{repository}/blobs/{digest}");
    }
}
