using System.CommandLine;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary>`config plan`.</summary>
internal static class ConfigPlanCommand
{
    private const string Help = """
        Show what a run config takes, before it is run

        Prints memory, disk space and time of a training or of a loaded model, part by part, and how each number was found: measured by laying the run out
        without memory, from the header of the model, or from its number of parameters alone. Nothing is started. Exit code 1 when it does not fit; then
        the smallest change that makes it fit is named. With --resources, the plan is for another machine.

        Examples:
          ilab config plan train.yaml
          ilab config plan train.yaml training.per_device_train_batch_size=8
          ilab config plan train.yaml --resources gpus=1,gpu-memory=24GiB --format json
        """;

    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "A run config, or - for standard input" };
        var overrides = new Argument<string[]>("SECTION.FIELD=VALUE")
        {
            Description = "Values to use instead of those in the file",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var kind = RunFiles.KindOption();
        var plan = new PlanOptions();
        var command = new Command("plan", Help) { file, overrides, kind };
        plan.AddTo(command, isOnly: true);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var request = plan.Request(line);
                request.File = await RunFiles.ReadAsync(line.GetRequiredValue(file), line.GetValue(kind), cancellationToken);
                request.Overrides.AddRange(line.GetValue(overrides) ?? []);
                return await plan.WriteAsync(session, request, plan.IsJson(line), cancellationToken);
            }
        );
        return command;
    }
}
