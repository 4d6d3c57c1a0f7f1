using System.CommandLine;
using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Output;

/// <summary>A table column: its heading and the cell of a row.</summary>
internal sealed record Column(string Heading, Func<Data, string> Cell);

/// <summary>The options of every list command, and the output of its rows.</summary>
internal sealed class ListOutput
{
    public Option<string?> Format { get; } =
        new("--format")
        {
            Description = "json, table, or a Go template such as '{{.Name}}\\t{{.Size}}'; 'table TEMPLATE' adds headings [default: table]",
            HelpName = "FORMAT",
        };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Print only names or ids" };

    public Option<bool> NoHeading { get; } = new("--noheading", "-n") { Description = "Do not print headings" };

    public Option<bool> NoTrunc { get; } = new("--no-trunc") { Description = "Do not truncate ids and texts" };

    public void AddTo(Command command)
    {
        command.Options.Add(Format);
        command.Options.Add(Quiet);
        command.Options.Add(NoHeading);
        command.Options.Add(NoTrunc);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Quiet) && result.GetValue(Format) is not null)
            {
                result.AddError("--quiet and --format exclude each other");
            }
        });
    }

    /// <param name="id">What --quiet prints.</param>
    public async Task WriteAsync(Session session, ParseResult line, IReadOnlyList<Data> rows, IReadOnlyList<Column> columns, Func<Data, string> id)
    {
        var format = line.GetValue(Format);
        if (line.GetValue(Quiet))
        {
            foreach (var row in rows)
            {
                await session.Out.WriteLineAsync(id(row));
            }
        }
        else if (format == "json")
        {
            await session.Out.WriteLineAsync(JsonText.Of(rows));
        }
        else if (format is null or "table")
        {
            await WriteTableAsync(session, rows, columns, !line.GetValue(NoHeading));
        }
        else if (format.StartsWith("table ", StringComparison.Ordinal))
        {
            var template = format["table ".Length..];
            await WriteColumnsAsync(
                session,
                [.. (line.GetValue(NoHeading) ? Array.Empty<string>() : [Headings(template)]).Concat(rows.Select(new Template(template).Apply))]
            );
        }
        else
        {
            var template = new Template(format);
            foreach (var row in rows)
            {
                await session.Out.WriteLineAsync(template.Apply(row));
            }
        }
    }

    /// <summary>JSON by default, or a template applied to each object, or to the list if it contains a range.</summary>
    public static async Task WriteObjectsAsync(Session session, string? format, IReadOnlyList<Data> objects)
    {
        if (format is null or "json")
        {
            await session.Out.WriteLineAsync(JsonText.Of(objects));
            return;
        }

        var template = new Template(format);
        if (format.Contains("range", StringComparison.Ordinal))
        {
            await session.Out.WriteLineAsync(template.Apply(objects));
            return;
        }

        foreach (var entry in objects)
        {
            await session.Out.WriteLineAsync(template.Apply(entry));
        }
    }

    private static Task WriteTableAsync(Session session, IReadOnlyList<Data> rows, IReadOnlyList<Column> columns, bool heading)
    {
        var cells = new List<string[]>(rows.Count + 1);
        if (heading)
        {
            cells.Add([.. columns.Select(static column => column.Heading)]);
        }

        foreach (var row in rows)
        {
            var line = new string[columns.Count];
            for (var index = 0; index < line.Length; index++)
            {
                line[index] = columns[index].Cell(row);
            }

            cells.Add(line);
        }

        return WriteCellsAsync(session, cells);
    }

    /// <summary>Aligns cells that are separated by tabs.</summary>
    private static Task WriteColumnsAsync(Session session, IReadOnlyList<string> lines) =>
        WriteCellsAsync(session, [.. lines.Select(static line => line.Split('\t'))]);

    /// <summary>Aligns cells; the last column is not padded.</summary>
    private static async Task WriteCellsAsync(Session session, IReadOnlyList<string[]> cells)
    {
        var widths = new int[cells.Count == 0 ? 0 : cells.Max(static row => row.Length)];
        foreach (var row in cells)
        {
            for (var index = 0; index < row.Length; index++)
            {
                widths[index] = Math.Max(widths[index], row[index].Length);
            }
        }

        var output = new StringBuilder();
        foreach (var row in cells)
        {
            for (var index = 0; index < row.Length; index++)
            {
                output.Append(row[index]);
                if (index < row.Length - 1)
                {
                    output.Append(' ', widths[index] + 2 - row[index].Length);
                }
            }

            output.Append('\n');
        }

        await session.Out.WriteAsync(output);
    }

    private static string Headings(string template)
    {
        var text = new StringBuilder();
        foreach (var part in template.Replace("\\t", "\t", StringComparison.Ordinal).Split('\t'))
        {
            var dot = part.LastIndexOf('.');
            text.Append(text.Length > 0 ? "\t" : "").Append(dot < 0 ? "" : part[(dot + 1)..].Split('}', ' ')[0].ToUpperInvariant());
        }

        return text.Length > 0
            ? text.ToString()
            : throw new IlabException(ErrorKind.InvalidArgument, "--format: the table has no columns", "use fields, such as 'table {{.Name}}'");
    }
}
