using System.Text;
using Ilab.Configuration.Runs.Problems;
using Ilab.Posix.Files;
using Ilab.Yaml;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>Files to texts, with one clear line when that fails.</summary>
internal static class ConfigFiles
{
    /// <summary>The text with one kind of line ends; null when the file cannot be read, which is then reported.</summary>
    public static string? Read(string path, ProblemList problems, out LineEnds ends)
    {
        ends = default;
        return Bytes(path, problems) is { } bytes ? Decode(bytes, problems, out ends) : null;
    }

    public static string? Decode(ReadOnlySpan<byte> bytes, ProblemList problems, out LineEnds ends)
    {
        ends = default;
        if (bytes.Length > RawReader.LongestFile)
        {
            problems.Error(
                new ConfigPlace(1, 1),
                "file-size",
                "",
                $"the file has more than the {RawReader.LongestFile >> 20} MiB that are read",
                "name a run config"
            );
            return null;
        }

        ends = LineEnds.Of(bytes);
        try
        {
            var text = YamlText.Decode(bytes);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (YamlException exception)
        {
            problems.Error(new ConfigPlace(exception.Mark.Line + 1, exception.Mark.Column + 1), "encoding", "", exception.Message, exception.Fix);
            return null;
        }
    }

    private static byte[]? Bytes(string path, ProblemList problems)
    {
        try
        {
            if (Directory.Exists(path))
            {
                return Fail("it is a directory", "name a file");
            }

            var info = new FileInfo(path);
            if (!info.Exists)
            {
                return Fail("there is no such file", "check the name");
            }

            if (!FileKind.IsRegular(path))
            {
                return Fail("it is no regular file", "name a file");
            }

            if (info.Length > RawReader.LongestFile)
            {
                return Fail($"the file has {info.Length} bytes, more than the {RawReader.LongestFile >> 20} MiB that are read", "name a run config");
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var content = new MemoryStream();
            Span<byte> block = stackalloc byte[8192];
            for (int count; (count = stream.Read(block)) > 0 && content.Length <= RawReader.LongestFile; )
            {
                content.Write(block[..count]);
            }

            return content.ToArray();
        }
        catch (UnauthorizedAccessException)
        {
            return Fail("permission to read the file is missing", "ask its owner");
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            return Fail("the file cannot be read: " + exception.Message.TrimEnd('.'), "");
        }

        byte[]? Fail(string message, string fix)
        {
            problems.Error(default, "file", "", message, fix);
            return null;
        }
    }

    /// <summary>Replaces the file in one step: a reader sees the old or the new text, and a failure leaves the old one.</summary>
    /// <exception cref="IOException">The file or its directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is missing.</exception>
    public static void Replace(string path, string text)
    {
        var full = Path.GetFullPath(path);
        var info = new FileInfo(full);
        var target = info.LinkTarget is null ? full : info.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Environment.ProcessId}.tmp");
        try
        {
            if (File.Exists(target))
            {
                // Refuses a file that is read-only before anything is made; keeps its mode.
                File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite).Dispose();
            }

            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(new UTF8Encoding(false).GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            if (File.Exists(target) && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
