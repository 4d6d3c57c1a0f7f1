using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Ilab.Benchmarks.Measure.Servers;

/// <summary>LLamaSharp's batched executor with its own libraries: a process for each model, asked by lines.</summary>
/// <param name="program">Path of <c>Ilab.Benchmarks.LlamaSharp</c>.</param>
/// <param name="sequences">Requests at once.</param>
/// <param name="contextLength">Tokens per sequence.</param>
internal sealed class LlamaSharpServer(string program, int sequences, int contextLength) : IServer
{
    private const string Project = "Ilab.Benchmarks.LlamaSharp";
    private readonly Dictionary<string, Process> _processes = [];
    private readonly ConcurrentDictionary<int, Asked> _asked = [];
    private readonly List<Task> _readers = [];
    private int _number;

    public string Name => "LLamaSharp";

    /// <exception cref="InvalidOperationException">It is not built.</exception>
    public static string Find(string repository)
    {
        var program = Path.Combine(repository, "artifacts", "bin", Project, "release", Project);
        return File.Exists(program)
            ? program
            : throw new InvalidOperationException($"{program} is not there: run dotnet build -c Release tests/{Project} first");
    }

    public async Task PrepareAsync(string model, string file, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            file,
            .. new[] { Environment.ProcessorCount, sequences, contextLength }.Select(static n => n.ToString(CultureInfo.InvariantCulture)),
        ];
        var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        if (await process.StandardOutput.ReadLineAsync(cancellationToken) is not { } ready || !ready.StartsWith("ready", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{program} does not serve {file}");
        }

        _processes[model] = process;
        _readers.Add(Task.Run(() => ReadAsync(process.StandardOutput), CancellationToken.None));
    }

    public Task<Answer> AskAsync(string model, string prompt, int tokens, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _number);
        var asked = _asked[number] = new Asked();
        var input = _processes[model].StandardInput;
        lock (input)
        {
            input.WriteLine(FormattableString.Invariant($"{number} {tokens} {prompt}"));
            input.Flush();
        }

        return asked.Answer.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
        }

        await Task.WhenAll(_readers);
        foreach (var process in _processes.Values)
        {
            process.Dispose();
        }
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            Note(line);
        }

        foreach (var left in _asked.Values)
        {
            left.Answer.TrySetException(new InvalidOperationException($"{program} ended"));
        }
    }

    private void Note(string line)
    {
        var (number, what) = line.Split(' ') is [var first, var second]
            ? (int.Parse(first, CultureInfo.InvariantCulture), second)
            : throw new FormatException(line);
        if (what == "first")
        {
            _asked[number].First = Stopwatch.GetElapsedTime(_asked[number].Start).TotalMilliseconds;
        }
        else if (_asked.TryRemove(number, out var done))
        {
            done.Answer.TrySetResult(new Answer(done.First, int.Parse(what, CultureInfo.InvariantCulture)));
        }
    }

    private sealed class Asked
    {
        public long Start { get; } = Stopwatch.GetTimestamp();

        public double First { get; set; }

        public TaskCompletionSource<Answer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
