using Ilab.Configuration.Paths;

namespace Ilab.Configuration.Settings;

/// <summary>Where a value comes from; a later origin wins over an earlier one.</summary>
public enum SettingOrigin
{
    /// <summary>The table of settings.</summary>
    Default,

    /// <summary>A file of the machine, in /etc/ilab.</summary>
    Etc,

    /// <summary>The user's ilab.conf.</summary>
    File,

    /// <summary>A file in the directory ilab.conf.d beside one of these.</summary>
    DropIn,

    Environment,

    /// <summary>An option of the command line.</summary>
    Flag,
}

/// <summary>A file that may have settings.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Origin">What its values are said to come from.</param>
/// <param name="IsServiceFile">Whether it is an ilabd.conf: lines of <c>name = value</c>, for the service only.</param>
public sealed record ConfLocation(string Path, SettingOrigin Origin, bool IsServiceFile = false)
{
    /// <summary>Why nothing can be read there; null = that is seen when it is read.</summary>
    public ConfProblem? Problem { get; init; }

    /// <summary>What an ilab.conf there says. One of the machine that this user may not read is a warning: the user cannot mend it.</summary>
    public ConfFile Read(ConfReader reader)
    {
        var file = Problem is { } known ? new ConfFile(Path, [], [known]) : reader.Read(Path);
        return Origin == SettingOrigin.Etc && file.Problems is [{ Message: ConfProblem.Denied } denied]
            ? file with
            {
                Problems = [denied with { IsWarning = true }],
            }
            : file;
    }
}

/// <summary>
/// The files of settings, in the order in which they are read; what a later one says wins. <c>/etc/ilab/ilabd.conf</c>, <c>/etc/ilab/ilab.conf</c> and its
/// drop-ins, then <c>ilab.conf</c> in the user's directory and its drop-ins. <c>ILAB_ROOT</c> moves the user's directory and leaves /etc out; <c>ILAB_CONF</c>
/// names the only file that is read.
/// </summary>
/// <param name="SystemFolder">Of the machine; null = it has none that count.</param>
/// <param name="UserFolder">Of the user.</param>
/// <param name="Only">The only file; null = all of them.</param>
public sealed record ConfLocations(string? SystemFolder, string UserFolder, string? Only = null)
{
    public const string FileName = "ilab.conf";
    public const string ServiceFileName = "ilabd.conf";

    /// <summary>The variable that names the only file.</summary>
    public const string Variable = "ILAB_CONF";

    /// <summary>The file that commands change.</summary>
    public string UserFile => Only ?? Path.Combine(UserFolder, FileName);

    /// <summary>Every file, whether it exists or not; of drop-ins those that do.</summary>
    public IEnumerable<ConfLocation> All
    {
        get
        {
            if (Only is not null)
            {
                var missing = new ConfProblem(Only, 0, 0, "no such file", $"{Variable} names it");
                yield return new ConfLocation(Only, SettingOrigin.File) { Problem = Path.Exists(Only) ? null : missing };
                yield break;
            }

            if (SystemFolder is not null)
            {
                yield return new ConfLocation(Path.Combine(SystemFolder, ServiceFileName), SettingOrigin.Etc, IsServiceFile: true);
                foreach (var location in In(SystemFolder, SettingOrigin.Etc))
                {
                    yield return location;
                }
            }

            if (UserFolder != SystemFolder)
            {
                foreach (var location in In(UserFolder, SettingOrigin.File))
                {
                    yield return location;
                }
            }
        }
    }

    /// <summary>The locations of a process with these variables.</summary>
    public static ConfLocations Of(Func<string, string?> environment) =>
        new(
            environment("ILAB_ROOT") is { Length: > 0 } ? null : RuntimePaths.System.ConfigDirectory,
            RuntimePaths.ForUser(environment).ConfigDirectory,
            OnlyFile(environment)
        );

    /// <summary>The file that <see cref="Variable"/> names, absolute; null = none.</summary>
    public static string? OnlyFile(Func<string, string?> environment) => environment(Variable) is { Length: > 0 } only ? Path.GetFullPath(only) : null;

    private static IEnumerable<ConfLocation> In(string folder, SettingOrigin origin)
    {
        var file = Path.Combine(folder, FileName);
        yield return new ConfLocation(file, origin);
        var dropIns = file + ".d";
        var part = origin == SettingOrigin.Etc ? SettingOrigin.Etc : SettingOrigin.DropIn;
        string[] found = [];
        ConfProblem? problem = null;
        try
        {
            found = Directory.Exists(dropIns) ? Directory.GetFiles(dropIns, "*.conf") : [];
        }
        catch (UnauthorizedAccessException)
        {
            problem = new ConfProblem(dropIns, 0, 0, ConfProblem.Denied, $"you need read access as user {Environment.UserName}");
        }
        catch (IOException exception)
        {
            problem = new ConfProblem(dropIns, 0, 0, $"cannot be read: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
        }

        if (problem is not null)
        {
            yield return new ConfLocation(dropIns, part) { Problem = problem };
        }

        foreach (var path in found.Order(StringComparer.Ordinal))
        {
            yield return new ConfLocation(path, part);
        }
    }
}
