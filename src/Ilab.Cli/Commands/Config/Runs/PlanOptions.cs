using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary>The options of verbs that can be planned, and how a plan is printed. The service makes it, as a text and as JSON.</summary>
internal sealed class PlanOptions
{
    private readonly Option<bool> _dryRun = CommonOptions.DryRun("Show what memory, disk space and time it takes; start nothing");
    private readonly Option<string?> _resources = CommonOptions.Text(
        "--resources",
        "Plan for another machine, such as gpus=4,gpu-memory=80GiB,hosts=2 or memory=64GiB,disk=1TB",
        "MACHINE"
    );
    private readonly ChoiceOption _format = new("--format", "text", "json") { Description = "How the plan is printed [default: text]" };

    /// <param name="isOnly">Whether the verb does nothing but plan.</param>
    public void AddTo(Command command, bool isOnly = false, bool hasFormat = false)
    {
        if (!isOnly)
        {
            command.Options.Add(_dryRun);
            command.Validators.Add(result =>
            {
                if (!result.GetValue(_dryRun) && result.GetValue(_resources) is not null)
                {
                    result.AddError("--resources goes with --dry-run");
                }
            });
        }

        command.Options.Add(_resources);
        if (!hasFormat)
        {
            command.Options.Add(_format);
        }
    }

    /// <summary>Options that the verb needs, and a plan of it does not. Validators of a command run before its options are looked for.</summary>
    public void Require(Command command, params Option[] options) =>
        command.Validators.Add(result =>
        {
            foreach (var option in options)
            {
                option.Required = !result.GetValue(_dryRun);
            }
        });

    public bool IsDryRun(ParseResult line) => line.GetValue(_dryRun);

    public bool IsDryRun(CommandResult line) => line.GetValue(_dryRun);

    public bool IsJson(ParseResult line) => line.GetValue(_format) == "json";

    public PlanRunRequest Request(ParseResult line) => new() { Resources = line.GetValue(_resources) ?? "", Directory = Directory.GetCurrentDirectory() };

    /// <summary>A plan of the verb with everything that its command line says.</summary>
    /// <param name="verb">Such as <c>model train</c>.</param>
    public Task<int> PlanAsync(Session session, ParseResult line, string verb, string? model, bool isJson, CancellationToken cancellationToken)
    {
        var request = Request(line);
        (request.Verb, request.Model) = (verb, model ?? "");
        foreach (var option in line.CommandResult.Command.Options)
        {
            if (line.GetResult(option) is { Implicit: false } given)
            {
                var values = given.Tokens.Count > 0 ? given.Tokens.Select(static token => token.Value) : ["true"];
                request.Options.AddRange(values.Select(value => new RunConfigOption { Name = option.Name, Value = value }));
            }
        }

        return WriteAsync(session, request, isJson || IsJson(line), cancellationToken);
    }

    /// <returns>The exit code: 1 = it does not fit.</returns>
    public async Task<int> WriteAsync(Session session, PlanRunRequest request, bool isJson, CancellationToken cancellationToken)
    {
        var client = await session.ClientAsync(cancellationToken);
        var plan = await client.RunConfigs.PlanAsync(request, cancellationToken: cancellationToken);
        foreach (var warning in plan.Warnings)
        {
            await session.SayAsync("Note: " + LintReports.Visible(warning));
        }

        foreach (var error in plan.Errors.SkipLast(1))
        {
            await session.SayAsync("Error: " + LintReports.Visible(error));
        }

        if (plan.Errors is [.., var last])
        {
            throw new IlabException(ErrorKind.InvalidArgument, LintReports.Visible(last));
        }

        await session.Out.WriteAsync(isJson ? plan.Json : plan.Text);
        return plan.Fits ? 0 : 1;
    }
}
