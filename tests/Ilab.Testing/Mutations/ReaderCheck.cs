using System.Diagnostics;

namespace Ilab.Testing.Mutations;

/// <summary>What a reader may do with a damaged file.</summary>
/// <param name="IsOwn">Whether an exception is the one that the reader promises.</param>
/// <param name="Place">What its message must contain, such as the name of the file; empty = anything.</param>
/// <param name="MostAllocated">Bytes for one file, of up to one megabyte, in all: an error of each of its lines costs some, and little lives at once.</param>
public sealed record ReaderPromise(Func<Exception, bool> IsOwn, string Place = "", long MostAllocated = 512L << 20)
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static ReaderPromise Of<TException>(string place = "")
        where TException : Exception => new(static exception => exception is TException, place);
}

/// <summary>How a reader took damaged files.</summary>
/// <param name="Problems">Broken promises, one line each with the number of the mutation.</param>
/// <param name="Refused">How many files were refused; the others could be read in spite of their damage.</param>
public sealed record ReaderReport(IReadOnlyList<string> Problems, int Refused)
{
    public override string ToString() => $"{Refused} refused; " + string.Join("\n", Problems);
}

/// <summary>Reads damaged copies of a file: no crash, nothing that takes long, no growth, and one clear line for each.</summary>
public static class ReaderCheck
{
    private const int LongestMessage = 8000; // twenty lines of a file, each with what is wrong
    private const long MostKept = 96L << 20;

    /// <param name="original">A file that the reader takes; it is read once first, which also pays for compiling.</param>
    public static async Task<ReaderReport> RunAsync(byte[] original, Func<byte[], Task> read, ReaderPromise promise, int count = 200)
    {
        await read(original).ConfigureAwait(false);
        var (problems, refused) = (new List<string>(), 0);
        var before = ProcessMemory.Settled();
        foreach (var mutation in Mutator.Of(original, count))
        {
            var (allocated, watch) = (GC.GetTotalAllocatedBytes(), Stopwatch.StartNew());
            var error = await OutcomeAsync(() => read(mutation.Bytes)).ConfigureAwait(false);
            refused += error is null ? 0 : 1;
            var problem =
                error is TimeoutException ? "it does not come to an end"
                : watch.Elapsed > ReaderPromise.Longest ? $"it took {watch.Elapsed.TotalSeconds:F1} s"
                : GC.GetTotalAllocatedBytes() - allocated is var bytes && bytes > promise.MostAllocated ? $"it allocated {bytes >> 20} MiB"
                : error is null ? null
                : ProblemOf(error, promise);
            if (problem is not null)
            {
                problems.Add($"mutation {mutation.Number} ({mutation.Kind}): {problem}");
            }

            if (error is TimeoutException)
            {
                break;
            }
        }

        if (ProcessMemory.Settled() - before is var grown && grown > MostKept)
        {
            problems.Add($"{grown >> 20} MiB are kept after {count} files");
        }

        return new ReaderReport(problems, refused);
    }

    public static Task<ReaderReport> RunAsync(byte[] original, Action<byte[]> read, ReaderPromise promise, int count = 200) =>
        RunAsync(original, bytes => Task.Run(() => read(bytes)), promise, count);

    private static async Task<Exception?> OutcomeAsync(Func<Task> read)
    {
        try
        {
            await read().WaitAsync(4 * ReaderPromise.Longest).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static string? ProblemOf(Exception error, ReaderPromise promise) =>
        !promise.IsOwn(error) ? $"{error.GetType().Name}: {error.Message} {error.StackTrace?.Split('\n')[0].Trim()}"
        : error.Message.Any(char.IsControl) ? $"more than a line: {error.Message}"
        : error.Message.Length > LongestMessage ? $"a line of {error.Message.Length} characters: {error.Message[..200]}"
        : !error.Message.Contains(promise.Place, StringComparison.Ordinal) ? $"without {promise.Place}: {error.Message}"
        : null;
}
