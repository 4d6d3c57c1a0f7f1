using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Engine.Errors;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Runs;

internal sealed partial class RunConfigEndpoints
{
    private static readonly Dictionary<string, (RunKind Kind, Func<RunConfig, RunArguments> Of)> Verbs = new(StringComparer.Ordinal)
    {
        ["model train"] = (RunKind.Train, TrainArguments.Of),
        ["model inference"] = (RunKind.Infer, InferenceArguments.Of),
        ["model serve"] = (RunKind.Infer, InferenceArguments.Serve),
    };

    public override Task<ExpandRunConfigResponse> Expand(ExpandRunConfigRequest request, ServerCallContext context)
    {
        var file = Required(request.File);
        if (!Verbs.TryGetValue(request.Verb, out var verb))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{request.Verb} takes no run config");
        }

        var response = new ExpandRunConfigResponse();
        var reading = ConfigReader.ReadBytes(file.Content.Span, file.Name, verb.Kind, [.. request.Overrides], cancellationToken: context.CancellationToken);
        if (reading.Config is not { } config)
        {
            var errors = reading.Problems.Where(static problem => problem.Level == ProblemLevel.Error);
            response.Errors.AddRange(errors.Select(static problem => $"{problem.Position}: {problem.Text}"));
            return Task.FromResult(response);
        }

        var arguments = verb.Of(config);
        response.Model = arguments.Model ?? "";
        response.Options.AddRange(arguments.Options.Select(static option => new RunConfigOption { Name = option.Option, Value = option.Value }));
        response.Warnings.AddRange([.. arguments.Warnings, .. config.Elsewhere()]);
        response.Errors.AddRange(arguments.Refusals);
        return Task.FromResult(response);
    }
}
