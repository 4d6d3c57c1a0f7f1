using System.Diagnostics;
using System.Text;

namespace Ilab.Testing;

/// <summary>What a command printed and ended with.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public CommandResult Expect(int exitCode) =>
        ExitCode == exitCode ? this : throw new InvalidOperationException($"exit code {ExitCode}, not {exitCode}\nstdout: {Output}\nstderr: {Error}");
}

/// <summary>A private root with a real ilabd and the real client, in a folder whose name has a space in it. Everything ends with it.</summary>
public sealed class IlabInstallation : IAsyncDisposable
{
    /// <summary>In the surroundings of service and clients.</summary>
    private const string Mark = "ILAB_ROOT";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3); // other programs may want the same cores

    private readonly StringBuilder _log = new();
    private readonly List<(string Text, TaskCompletionSource<string> Line)> _logWaits = [];
    private readonly TestUser? _user;
    private Process? _service;

    public IlabInstallation()
    {
        Root = Path.Combine(Directory.CreateTempSubdirectory("ilab-test-").FullName, "a root");
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }

    /// <summary>Whom service and clients run as, who owns the root then; null = whoever runs the tests.</summary>
    public TestUser? User
    {
        get => _user;
        init
        {
            _user = value;
            value?.Own(Path.GetDirectoryName(Root)!);
            value?.Own(Root);
        }
    }

    public string Client { get; init; } = TestPaths.Client;

    public string Service { get; init; } = TestPaths.Service;

    public string Socket => Path.Combine(Root, "run", "ilabd.sock");

    public int ServicePid => _service!.Id;

    /// <summary>Variables that the service gets beside those of this process.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>What the service wrote.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts the service and returns when it listens.</summary>
    public async Task StartAsync(params string[] options)
    {
        if (Variables.Count == 0 && !options.Any(static option => option is "--accelerator" or "--onednn"))
        {
            KnownMachine.Tell(Root, User);
        }

        var start = TestUser.Start(User, Service, ["--root", Root, .. options]);
        start.RedirectStandardError = true;
        start.Environment[Mark] = Root;
        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _service = new Process { StartInfo = start, EnableRaisingEvents = true };
        _service.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
                _logWaits.RemoveAll(wait => line.Data?.Contains(wait.Text, StringComparison.Ordinal) == true && wait.Line.TrySetResult(line.Data));
            }

            if (line.Data?.Contains(" listening on ", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        };
        _service.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"ilabd ended: {Log}"));
        _service.Start();
        _service.BeginErrorReadLine();
        await ready.Task.WaitAsync(Patience);
    }

    /// <summary>The first line with a text that the service writes to its log, or has written.</summary>
    public async Task<string> LogLineAsync(string text)
    {
        TaskCompletionSource<string> line = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_log)
        {
            if (_log.ToString().Split('\n').FirstOrDefault(written => written.Contains(text, StringComparison.Ordinal)) is { } there)
            {
                return there;
            }

            _logWaits.Add((text, line));
        }

        return await line.Task.WaitAsync(Patience);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _service!.Kill();
        await _service.WaitForExitAsync();
    }

    public Task<CommandResult> RunAsync(params string[] arguments) => RunWithAsync("", [], arguments);

    public Task<CommandResult> RunWithAsync(string input, (string Name, string? Value)[] environment, params string[] arguments) =>
        EndOfAsync(Start(Client, environment, arguments, User), input);

    /// <summary>Writes the policy of the service; it is read when the service starts, and within a second or two while it runs.</summary>
    public void WritePolicy(params IEnumerable<string> lines)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "config")).FullName;
        var path = Path.Combine(folder, "policy.conf");
        File.WriteAllLines(path + ".new", lines);
        _user?.Own(folder);
        _user?.Own(path + ".new");
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The client of somebody else than the service's user.</summary>
    public Task<CommandResult> RunAsync(TestUser user, params string[] arguments) => EndOfAsync(Start(Client, [], arguments, user), "");

    private static async Task<CommandResult> EndOfAsync(Process started, string input)
    {
        using var process = started;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Patience);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        await process.WaitForExitAsync(deadline.Token);
        return new CommandResult(process.ExitCode, await output, await error);
    }

    public Process Start((string Name, string? Value)[] environment, params string[] arguments) => Start(Client, environment, arguments, User);

    /// <summary>Another program, in the surroundings of the client.</summary>
    public Process StartProgram(string program, params string[] arguments) => Start(program, [], arguments, User);

    private Process Start(string program, (string Name, string? Value)[] environment, string[] arguments, TestUser? user)
    {
        var start = TestUser.Start(user, program, arguments);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        start.Environment[Mark] = Root;
        start.Environment["ILAB_ILABD"] = Service;
        start.Environment["ILAB_NO_AUTOSTART"] = "1";
        foreach (var (name, value) in environment)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return Process.Start(start)!;
    }

    /// <summary>Ends the service and whatever was started here, also when a test failed in the middle: runners outlive their service.</summary>
    public async Task EndAsync()
    {
        try
        {
            await RunAsync("system", "stop");
            if (_service is { HasExited: false })
            {
                using var deadline = new CancellationTokenSource(Patience);
                await _service.WaitForExitAsync(deadline.Token);
            }
        }
        finally
        {
            foreach (var left in LeftBehind())
            {
                left.Kill();
                await left.WaitForExitAsync();
                left.Dispose();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndAsync();
        }
        finally
        {
            _service?.Dispose();
            if (Variables.Count == 0)
            {
                KnownMachine.Learn(Root);
            }

            Directory.Delete(Path.GetDirectoryName(Root)!, recursive: true);
        }
    }

    /// <summary>Living processes with this installation's root in their surroundings or, as runners have it, on their command line.</summary>
    public IEnumerable<Process> LeftBehind()
    {
        var (mark, folder) = (Encoding.UTF8.GetBytes($"{Mark}={Root}\0"), Encoding.UTF8.GetBytes(Root + "/"));
        foreach (var process in Process.GetProcesses())
        {
            if (Has(process.Id, "environ", mark) || Has(process.Id, "cmdline", folder))
            {
                yield return process;
            }
            else
            {
                process.Dispose();
            }
        }
    }

    private static bool Has(int process, string file, byte[] mark)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{process}/{file}").AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or belongs to somebody else.
            return false;
        }
    }
}
