using System.Text;
using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Conf;

/// <summary>docs/settings.md, made from the table of settings.</summary>
public static class SettingsDocument
{
    private const string Introduction = """
        # Settings

        Generated from the table of settings (`src/Ilab.Configuration/Conf/SettingTable.cs`); a test says when this page is not what the table says.

        `ilab config init` makes `$HOME/.config/models/ilab.conf` with every setting and its default, commented out. It does nothing else. The file is
        YAML: sections, and keys with values below them. `$XDG_CONFIG_HOME` takes the place of `$HOME/.config` where it is set, and `$ILAB_ROOT/config`
        that of the whole directory.

            generation:
              temperature: 0.2
            training:
              rank: 16

        | command | what it does |
        |---|---|
        | `ilab config show [KEY]` | every value, or one, with where it comes from |
        | `ilab config ls` | which files are read, in their order |
        | `ilab config edit` | opens the file in `$VISUAL` or `$EDITOR`; what is not valid is not saved |
        | `ilab config rm KEY` | takes a key out of the file; without a key, removes the file |

        Sources, each of which takes precedence over those before it:

        | source | origin |
        |---|---|
        | the table below | `default` |
        | `/etc/ilab/ilabd.conf` (`name = value` lines; settings of the service only) | `etc` |
        | `/etc/ilab/ilab.conf`, then `/etc/ilab/ilab.conf.d/*.conf` in the order of their names | `etc` |
        | `ilab.conf` of the user | `file` |
        | `ilab.conf.d/*.conf` beside it, in the order of their names | `drop-in` |
        | environment variables | `environment` |
        | options | `flag` |

        `ILAB_CONF=FILE` reads FILE, which has to exist, instead of all of these files. With `ILAB_ROOT`, files in `/etc` are not read. A system
        service (`ilabd --system`) reads those in `/etc` only, and `ilabd --config FILE` reads FILE, a list of `name = value` lines, instead of all of them.

        Values are read as the setting needs them: `no` is false for a switch and a text for a text. Paths may begin with `~/`. Lists are YAML lists, or
        texts with commas. A key without a value is not set. Anchors, aliases and tags are refused, as are unknown and doubled keys. A file that is not
        valid ends every command that would use it, with its line and column.

        `ilab config`, and `ilab system stop`, `info`, `version` and `check`, warn and go on; the others need only the section `connection` to be valid where
        they use nothing else, and no file at all where `--url`, `--connection` or their variables name the service. A file in `/etc` that this user may not
        read is a warning. The address is that of the last file with a `url` or `connection`; key, certificates and token of files before it are not its own.

        """;

    public static string Write()
    {
        var text = new StringBuilder(Introduction);
        foreach (var (section, meaning) in SettingTable.Sections)
        {
            text.Append($"\n## {section}\n\n{meaning}.\n\n| key | what | default | variable | option | meaning |\n|---|---|---|---|---|---|\n");
            foreach (var setting in SettingTable.Matching(section))
            {
                text.Append(
                    $"| `{setting.Name}` | {Escape(Kind(setting))} | {Escape(Default(setting))} | `{setting.Variable}` | {Options(setting)} | {Escape(setting.Meaning)} |\n"
                );
            }
        }

        return text.ToString();
    }

    private static string Kind(Setting setting)
    {
        var range = setting.Type.Range.Length > 0 ? $": {setting.Type.Range}" : "";
        return setting.Type.Name + range + (setting.Type.Unit.Length > 0 ? " " + setting.Type.Unit : "");
    }

    private static string Default(Setting setting) => setting.Default.Length > 0 ? $"`{setting.Default}`" : setting.DefaultInWords;

    private static string Options(Setting setting)
    {
        if (setting.Reader == SettingReader.Service)
        {
            return $"`ilabd --{setting.Name}`";
        }

        return setting.Uses.Count == 0
            ? $"`--{setting.Name}` of every command"
            : string.Join(
                "; ",
                setting
                    .Uses.GroupBy(static use => use.Target)
                    .Select(static group => $"`{group.Key}` of {string.Join(", ", group.Select(static use => use.Verb))}")
            );
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
