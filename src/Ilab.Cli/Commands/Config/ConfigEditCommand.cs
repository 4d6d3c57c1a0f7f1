using System.CommandLine;
using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Commands.Config;

/// <summary>`config edit`: the file of settings in the user's editor.</summary>
internal static class ConfigEditCommand
{
    private const string Help = """
        Edit the file of settings

        Opens a copy of ilab.conf in $VISUAL or $EDITOR and saves it when it is valid; otherwise says what is wrong, with line and column, and on a
        terminal offers to edit again. Where there is no file yet, the copy is what 'ilab config init' makes.

        Examples:
          ilab config edit
          EDITOR=nano ilab config edit
        """;

    public static Command Create(Session session)
    {
        var command = new Command("edit", Help);
        command.SetAction((_, cancellationToken) => RunAsync(session, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var path = ConfLocations.Of(session.Environment).UserFile;
        var before = await ReadAsync(path, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("ilab-edit-").FullName;
        var copy = Path.Combine(folder, "ilab.yaml");
        var offered = before ?? Encoding.UTF8.GetBytes(ConfTemplate.Write());
        var keep = false;
        try
        {
            await File.WriteAllBytesAsync(copy, offered, cancellationToken);
            while (true)
            {
                await Editor.OpenAsync(session, copy, cancellationToken);
                var edited = await InputFile.ReadAsync(copy, cancellationToken);
                if (before is not null && edited.AsSpan().SequenceEqual(before))
                {
                    await session.SayAsync("nothing was changed");
                    return 0;
                }

                // Problems are of the file that is meant, not of the copy.
                var reader = new ConfReader(SettingTable.All);
                var file = reader.Read(path, edited);
                var problems = file.Problems;
                if (problems.Count == 0)
                {
                    await SaveAsync(path, before, edited, cancellationToken);
                    await session.Out.WriteLineAsync(path);
                    Overrides.Say(session, Changed(before is null ? [] : reader.Read(path, before).Entries, file.Entries));
                    return 0;
                }

                foreach (var problem in problems)
                {
                    await session.SayAsync($"Error: {problem}");
                }

                if (!session.InputIsTerminal || !await AgainAsync(session, cancellationToken))
                {
                    throw new IlabException(ErrorKind.InvalidArgument, $"{path} was not saved");
                }
            }
        }
        catch (IlabException exception) when (keep = HasText(copy, offered))
        {
            var hint = $"{exception.Hint}{(exception.Hint.Length > 0 ? "; " : "")}what you wrote is in {copy}";
            throw new IlabException(exception.Kind, exception.Message, hint, exception);
        }
        catch (Exception) when (keep = HasText(copy, offered))
        {
            await session.SayAsync($"What you wrote is in {copy}");
            throw;
        }
        finally
        {
            if (!keep)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>Keys that are set otherwise than before, or not any more.</summary>
    private static IEnumerable<string> Changed(IReadOnlyList<ConfEntry> before, IReadOnlyList<ConfEntry> after)
    {
        var (old, now) = (Texts(before), Texts(after));
        return old.Except(now).Concat(now.Except(old)).Select(static text => text[..text.IndexOf('=', StringComparison.Ordinal)]).Distinct();

        static List<string> Texts(IReadOnlyList<ConfEntry> entries) =>
            [.. entries.Select(static entry => $"{entry.Section}.{entry.Name}={string.Join(",", entry.Values)}")];
    }

    /// <returns>Null = there is no file.</returns>
    private static async Task<byte[]?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!Path.Exists(path))
        {
            return null;
        }

        if (!Directory.Exists(path) && (FileType.IsSpecial(path) || new FileInfo(path).Length > ConfReader.LargestFile))
        {
            throw new IlabException(ErrorKind.InvalidArgument, new ConfReader(SettingTable.All).Read(path).Problems[0].ToString());
        }

        return await InputFile.ReadAsync(path, cancellationToken);
    }

    /// <summary>Whether there is more in the copy than was offered; where that cannot be seen there may be.</summary>
    private static bool HasText(string copy, byte[] offered)
    {
        try
        {
            return File.Exists(copy) && !File.ReadAllBytes(copy).AsSpan().SequenceEqual(offered);
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            return true;
        }
    }

    private static async Task SaveAsync(string path, byte[]? before, byte[] edited, CancellationToken cancellationToken)
    {
        var now = await ReadAsync(path, cancellationToken);
        if (now is null != before is null || (now is not null && !now.AsSpan().SequenceEqual(before)))
        {
            throw new IlabException(ErrorKind.AlreadyExists, $"{path} was changed by somebody else meanwhile; nothing was saved", "edit it again");
        }

        OutputFile.CreateDirectory(Path.GetDirectoryName(path)!);
        await OutputFile.WriteAsync(path, replace: true, edited, cancellationToken);
    }

    private static async Task<bool> AgainAsync(Session session, CancellationToken cancellationToken)
    {
        await session.Error.WriteAsync("Edit again? [Y/n] ");
        using var input = StandardStreams.Reader(StandardStreams.OpenInput());
        var answer = await input.ReadLineAsync(cancellationToken);
        return answer is not null && !answer.Trim().StartsWith("n", StringComparison.OrdinalIgnoreCase);
    }
}
