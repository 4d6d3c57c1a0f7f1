using System.CommandLine;
using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary>`config migrate`.</summary>
internal static class ConfigMigrateCommand
{
    private const string Help = """
        Bring an older config up to date

        Renames, moves and drops fields of older run configs in their places, so that comments and everything else stay as they are. Of a config.yaml of
        InstructLab it makes a run config: for training of its section train, and with --kind infer of chat and serve. The new file goes to standard output
        and the difference to standard error; --write changes the file itself, in one step, unless errors remain. Exit code 1 when they do.

        Examples:
          ilab config migrate train.yaml
          ilab config migrate --write train.yaml
          ilab config migrate ~/.config/instructlab/config.yaml > train.yaml
          ilab config migrate --diff train.yaml | less
        """;

    private const string Origin = "# Made from a config.yaml of InstructLab";

    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "The old file" };
        var kind = RunFiles.KindOption();
        var write = new Option<bool>("--write", "--in-place", "-w") { Description = "Replace the file" };
        var diff = new Option<bool>("--diff") { Description = "Print only the difference" };
        var output = CommonOptions.Text("--output", "Write the new file here", "FILE");
        output.Aliases.Add("-o");
        var replace = new Option<bool>("--replace") { Description = "Replace an existing output file" };
        var command = new Command("migrate", Help) { file, kind, write, diff, output, replace };
        command.Validators.Add(result =>
        {
            if (((bool[])[result.GetValue(write), result.GetValue(diff), result.GetValue(output) is not null]).Count(static given => given) > 1)
            {
                result.AddError("--write, --diff and --output exclude each other");
            }
        });
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var path = line.GetRequiredValue(file);
                if (path == RunFiles.StandardInput && line.GetValue(write))
                {
                    throw new IlabException(
                        ErrorKind.InvalidArgument,
                        "--write: standard input is no file",
                        "leave it out: the new file goes to standard output"
                    );
                }

                var request = new MigrateRunConfigRequest { File = await RunFiles.ReadAsync(path, line.GetValue(kind), cancellationToken) };
                var client = await session.ClientAsync(cancellationToken);
                var result = await client.RunConfigs.MigrateAsync(request, cancellationToken: cancellationToken);
                foreach (var step in result.Steps)
                {
                    await session.SayAsync(LintReports.Visible($"{path}:{step.Line}: {step.Key}: {step.Message}"));
                }

                await LintReports.WriteTextAsync(session.Error, result.Problems);
                if (line.GetValue(write) && result.HasText && IsOnlyPartOf(request.File, result.Text))
                {
                    throw new IlabException(
                        ErrorKind.InvalidArgument,
                        $"{path} is a config.yaml of InstructLab and stays as it is: the run config holds only a part of it",
                        "write the run config to another file with --output train.yaml"
                    );
                }

                if (!result.HasText || (HasErrors(result) && (line.GetValue(write) || result.Diff.Length == 0)))
                {
                    await session.SayAsync(LintReports.Visible($"{path} is unchanged; fix the errors first"));
                    return 1;
                }

                var code = HasErrors(result) ? 1 : 0;
                if (line.GetValue(diff))
                {
                    await session.Out.WriteAsync(result.Diff);
                    return code;
                }

                await WriteAsync(
                    session,
                    path,
                    result,
                    line.GetValue(write) ? path : line.GetValue(output),
                    line.GetValue(write) || line.GetValue(replace),
                    cancellationToken
                );
                return code;
            }
        );
        return command;
    }

    /// <summary>Whether the new file was made from a config.yaml, rather than being the old file with changes: it says so in its first line.</summary>
    private static bool IsOnlyPartOf(RunConfigFile old, string text) =>
        text.StartsWith(Origin, StringComparison.Ordinal) && !Encoding.UTF8.GetString(old.Content.Span).Contains(Origin, StringComparison.Ordinal);

    private static bool HasErrors(MigrateRunConfigResponse result) => result.Problems.Any(static problem => problem.Level == RunConfigLevel.Error);

    private static async Task WriteAsync(
        Session session,
        string path,
        MigrateRunConfigResponse result,
        string? target,
        bool replace,
        CancellationToken cancellationToken
    )
    {
        foreach (var line in result.Diff.TrimEnd('\n').Split('\n').Where(static line => line.Length > 0))
        {
            await session.SayAsync(LintReports.Visible(line));
        }

        if (result.Diff.Length == 0)
        {
            await session.SayAsync(LintReports.Visible($"{path} is up to date"));
        }

        if (target is null or "-")
        {
            await session.Out.WriteAsync(result.Text);
            return;
        }

        if (target == path && result.Diff.Length == 0)
        {
            return;
        }

        if (replace && File.Exists(target) && RunFiles.IsReadOnly(target))
        {
            throw new IlabException(ErrorKind.PermissionDenied, $"{target} is read-only", "write the new file elsewhere with --output");
        }

        await OutputFile.WriteAsync(target, replace, Encoding.UTF8.GetBytes(result.Text), cancellationToken);
        await session.SayAsync(LintReports.Visible($"{target} written"));
    }
}
