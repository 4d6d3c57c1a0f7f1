using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Options of `tax check` and `tax diff`.</summary>
internal sealed class CheckOptions
{
    public ChoiceOption Schema { get; } =
        new("--schema", "ilab", "newest")
        {
            Description =
                "ilab: the schema version that each file names, style findings are errors; newest: the newest schema version, most style findings "
                + "are warnings",
            Default = "ilab",
        };

    public Option<string?> Format { get; } =
        new("--format")
        {
            Description = "text, json, sarif, github, or a Go template per file such as '{{.Path}} {{.Valid}}' [default: text]",
            HelpName = "FORMAT",
        };

    public Option<bool> Strict { get; } = new("--strict") { Description = "Treat warnings as errors" };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Print only the names of files with errors" };

    public void AddTo(Command command)
    {
        command.Options.Add(Schema);
        command.Options.Add(Format);
        command.Options.Add(Strict);
        command.Options.Add(Quiet);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Quiet) && result.GetValue(Format) is not null)
            {
                result.AddError("--quiet and --format exclude each other");
            }
        });
    }

    public CheckTaxonomyOptions Read(ParseResult line) => new() { Schema = line.GetValue(Schema) == "newest" ? TaxonomySchema.Newest : TaxonomySchema.Ilab };
}
