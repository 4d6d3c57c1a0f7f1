using System.Diagnostics;

namespace Ilab.Benchmarks.Measure;

/// <summary>The built programs (<c>artifacts/dist</c>) with a private service on a private root, ended and removed at the end.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private Process? _service;

    private readonly string _tree;

    /// <param name="tree">Holds <c>bin/ilab</c> and <c>lib/ilab</c>; null = what the checkout's build made.</param>
    public Installation(string? tree = null)
    {
        Repository = tree ?? FindRepository();
        _tree = tree ?? Path.Combine(Repository, "artifacts", "dist");
        Client = Path.Combine(_tree, "bin", "ilab");
        Root = Directory.CreateTempSubdirectory("ilab-bench-").FullName;
        if (!File.Exists(Client))
        {
            throw new InvalidOperationException($"{Client} is not there: run packaging/build.sh first");
        }
    }

    public string Repository { get; }

    public string Client { get; }

    public string Root { get; }

    public string Socket => Path.Combine(Root, "run", "ilabd.sock");

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["ILAB_ROOT"] = Root, ["ILAB_NO_AUTOSTART"] = "1" };

    public int ServicePid => _service?.Id ?? throw new InvalidOperationException("the service is not running");

    public async Task StartAsync(CancellationToken cancellationToken, params string[] options)
    {
        var start = new ProcessStartInfo(Path.Combine(_tree, "lib", "ilab", "ilabd"), ["--root", Root, .. options]) { RedirectStandardError = true };
        _service = Process.Start(start)!;
        _service.ErrorDataReceived += static (_, _) => { };
        _service.BeginErrorReadLine();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (await RunAsync(["system", "info"], deadline.Token, check: false) != 0)
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    /// <summary>Runs <c>ilab</c> and returns its exit code; output is thrown away.</summary>
    public async Task<int> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, bool check = true) =>
        (await RunProcessAsync(arguments, cancellationToken, check)).ExitCode;

    /// <summary>Runs <c>ilab</c> and returns what it printed.</summary>
    public async Task<string> OutputAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        (await RunProcessAsync(arguments, cancellationToken, check: true)).Output;

    private async Task<(int ExitCode, string Output)> RunProcessAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, bool check)
    {
        var start = new ProcessStartInfo(Client, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (check && process.ExitCode != 0)
        {
            throw new InvalidOperationException($"ilab {string.Join(' ', arguments)}: exit {process.ExitCode}: {await error}");
        }

        return (process.ExitCode, await output);
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is { HasExited: false })
        {
            await RunAsync(["system", "stop"], CancellationToken.None, check: false);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await _service.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _service.Kill();
            }
        }

        _service?.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    public static string FindRepository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "ilab.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("run this from a checkout");
    }
}
