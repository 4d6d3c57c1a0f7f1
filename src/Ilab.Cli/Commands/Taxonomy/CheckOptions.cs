using System.CommandLine;
using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>The options that `tax check` and `tax diff` share.</summary>
internal sealed class CheckOptions
{
    public Option<string> Schema { get; } = new("--schema") { Description = "ilab: the version that each file names, findings of style are errors; newest: the newest version, most findings of style are warnings", DefaultValueFactory = static _ => "ilab", HelpName = "MODE" };

    public Option<string?> Format { get; } = new("--format") { Description = "text, json, sarif, github, or a template over each file such as '{{.Path}} {{.Valid}}'", HelpName = "FORMAT" };

    public Option<bool> Strict { get; } = new("--strict") { Description = "Warnings count, too" };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Only the names of files with errors" };

    public void AddTo(Command command)
    {
        Schema.AcceptOnlyFromAmong("ilab", "newest");
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
