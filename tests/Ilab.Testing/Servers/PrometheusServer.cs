namespace Ilab.Testing.Servers;

/// <summary>Debian's <c>prometheus</c>, which asks one service for its metrics every second.</summary>
public static class PrometheusServer
{
    /// <summary>What a test says when it is skipped.</summary>
    public const string Reason = "needs prometheus (Debian package of that name)";

    /// <summary>Null = it is not installed.</summary>
    /// <param name="target">Host and port of the service.</param>
    /// <param name="token">What it shows.</param>
    public static ServerSpec? Spec(string target, string token) =>
        ServerSpec.Find("prometheus") is not { } program
            ? null
            : new ServerSpec
            {
                Name = "prometheus",
                Program = program,
                Arguments = ["--config.file={data}/prometheus.yml", "--storage.tsdb.path={data}/tsdb", "--web.listen-address=127.0.0.1:{port}"],
                Files = new Dictionary<string, string>
                {
                    ["prometheus.yml"] = $"""
                        global:
                          scrape_interval: 1s
                        scrape_configs:
                          - job_name: ilab
                            authorization:
                              credentials: {token}
                            static_configs:
                              - targets: ['{target}']
                        """,
                },
                ReadyLine = "Server is ready to receive web requests",
            };
}
