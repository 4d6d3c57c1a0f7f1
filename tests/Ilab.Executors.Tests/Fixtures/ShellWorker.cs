using System.Globalization;
using Ilab.Runner.Contract.Bundles;
using Ilab.Testing.Work;

namespace Ilab.Executors.Tests.Fixtures;

/// <summary>A runner that is a shell script: it keeps the contract of the bundle, and does what a script among its inputs says.</summary>
internal static class ShellWorker
{
    /// <summary>Name of the input with the script.</summary>
    public const string Script = "script";

    // The lock is held by the shell alone: what it starts must not keep it.
    private const string Program = """
        #!/bin/bash
        cd "$3" || exit 2
        files="$3.files"; [ "$1" = train ] && files="$3/../train.files"
        exec 9>>lock
        for try in 1 2 3 4 5 6 7 8 9 10; do flock -n 9 && break; [ $try = 10 ] && exit 4; sleep 0.05; done
        [ -e exit.json ] && exit 4
        echo $$ >> "$files/runs"
        say() { printf '%s' "$2" > "$1.new"; mv "$1.new" "$1"; }
        started=$(cut -d' ' -f22 "/proc/$$/stat") boot=$(cat /proc/sys/kernel/random/boot_id)
        say ready.json "{\"protocol\":1,\"pid\":$$,\"startTime\":$started,\"bootId\":\"$boot\",\"socket\":\"\",\"capabilities\":[\"$1\"]}"
        . "$files/script"
        say exit.json '{"code":0,"signal":null,"errorKind":"","message":"","endedAt":"2026-01-01T00:00:00+00:00"}'
        exit 0
        """;

    /// <summary>Writes the program.</summary>
    /// <returns>Its path.</returns>
    public static string Install(string folder)
    {
        var path = Path.Combine(folder, "worker");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Program.ReplaceLineEndings("\n"));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    /// <summary>How many workers have begun.</summary>
    /// <param name="files">Folder of the work's inputs and outputs.</param>
    public static int Runs(string files) => Path.Combine(files, "runs") is var path && File.Exists(path) ? File.ReadAllLines(path).Length : 0;

    /// <summary>Waits for the worker to say that it is there.</summary>
    public static async Task<RunnerReady> ReadyAsync(Bundle bundle)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            if (bundle.ReadReady() is { } ready)
            {
                return ready;
            }

            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>A step in the script's language.</summary>
    /// <param name="output">Name of the output.</param>
    public static string Line(Step step, string output) =>
        step switch
        {
            Step.Report report => string.Create(CultureInfo.InvariantCulture, $"say progress.json '{{\"done\":{report.Done},\"total\":{report.Total}}}'\n"),
            Step.Write write => string.Create(
                CultureInfo.InvariantCulture,
                $"head -c {write.Count} /dev/zero 9>&- | tr '\\0' '{write.Letter}' 9>&- > \"$files/{output}\"\n"
            ),
            Step.Fail fail =>
                $"say exit.json '{{\"code\":3,\"signal\":null,\"errorKind\":\"{fail.Kind}\",\"message\":\"{fail.Message}\",\"endedAt\":\"2026-01-01T00:00:00+00:00\"}}'\nexit 3\n",
            Step.Wait => "until [ -e go ]; do sleep 0.02 9>&-; done\n",
            _ => throw new ArgumentException($"no worker does {step}", nameof(step)),
        };

    /// <summary>Asks for memory, as a training does once it has planned, and waits for the answer.</summary>
    /// <param name="bytes">What the shell makes of it is asked for.</param>
    public static string Ask(string bytes) =>
        $"""
            rm -f ../train/memory.granted
            say ../train/memory.wanted "{bytes}"
            until [ -e ../train/memory.granted ]; do sleep 0.02 9>&-; done

            """;
}
