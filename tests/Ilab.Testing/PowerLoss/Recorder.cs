using System.Diagnostics;

namespace Ilab.Testing.PowerLoss;

/// <summary>Runs a program with its file system calls below one folder recorded.</summary>
public sealed class Recorder : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    private Recorder(string library)
    {
        Library = library;
        Root = Directory.CreateDirectory(Path.Combine(_folder.Path, "root")).FullName;
    }

    /// <summary>The folder that is recorded; empty at first.</summary>
    public string Root { get; }

    /// <summary>A file: what the program appends to it becomes a mark among its calls.</summary>
    public string Marks => Path.Combine(_folder.Path, "marks");

    private string Library { get; }

    /// <returns>Null: there is no C compiler, or it is not Linux.</returns>
    public static Recorder? TryCreate(string compiler = "gcc")
    {
        var folder = Directory.CreateTempSubdirectory("ilab-recorder-").FullName;
        var library = Path.Combine(folder, "recorder.so");
        try
        {
            var source = Path.Combine(TestPaths.Repository, "tests", "Ilab.Testing", "PowerLoss", "recorder.c");
            string[] arguments = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-lpthread"];
            using var process = Process.Start(new ProcessStartInfo(compiler, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? new Recorder(library) : throw new InvalidOperationException(error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Directory.Delete(folder);
            return null;
        }
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<IReadOnlyList<RecordedCall>> RunAsync(string program, params string[] arguments)
    {
        var log = Path.Combine(_folder.Path, "log");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["LD_PRELOAD"] = Library;
        start.Environment["ILAB_RECORD_ROOT"] = Root;
        start.Environment["ILAB_RECORD_LOG"] = log;
        start.Environment["ILAB_RECORD_MARKS"] = Marks;
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Patience);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode == 0
            ? RecordedCall.ReadAll(log)
            : throw new InvalidOperationException($"{program}: exit {process.ExitCode}\n{await output}\n{await error}");
    }

    public void Dispose()
    {
        Directory.Delete(Path.GetDirectoryName(Library)!, recursive: true);
        _folder.Dispose();
    }
}
