using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;
using Ilab.Engine.Planning;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Runs;

internal sealed partial class RunConfigEndpoints
{
    private const string TrainVerb = "model train";

    public override async Task<PlanRunResponse> Plan(PlanRunRequest request, ServerCallContext context)
    {
        var response = new PlanRunResponse();
        var (verb, options, resources) = (request.Verb, OptionsOf(request), request.Resources);
        if (request.File is { } file)
        {
            var reading = ConfigReader.ReadBytes(
                file.Content.Span,
                file.Name,
                Kind(file),
                [.. request.Overrides],
                cancellationToken: context.CancellationToken
            );
            if (reading.Config is not { } config)
            {
                var errors = reading.Problems.Where(static problem => problem.Level == ProblemLevel.Error);
                response.Errors.AddRange(errors.Select(static problem => $"{problem.Position}: {problem.Text}"));
                return response;
            }

            verb = VerbOf(config);
            var arguments = config.Kind switch
            {
                RunKind.Train => TrainArguments.Of(config),
                RunKind.Infer => InferenceArguments.Serve(config),
                RunKind.Eval => EvaluationArguments.Of(config),
                _ => throw new EngineException(ErrorKind.Unsupported, $"{file.Name}: plans are made for train, infer and eval, not for {verb}"),
            };
            response.Warnings.AddRange(arguments.Warnings);
            response.Errors.AddRange(arguments.Refusals);
            options = new RunOptions(arguments.Model, arguments.Options);
            resources = resources.Length > 0 ? resources : ResourcesOf(config);
        }

        if (response.Errors.Count == 0)
        {
            var origin = new PlanOrigin(context.GetPeer(), context.GetCaller(), request.Directory);
            var plan = verb switch
            {
                TrainVerb => await runs.TrainingAsync(options, Machine(resources), origin, context.CancellationToken),
                "model serve" or "model inference" or "model run" or "model load" or "data generate" or "eval" => await runs.ServingAsync(
                    verb,
                    options,
                    Machine(resources),
                    origin,
                    context.CancellationToken
                ),
                _ => throw new EngineException(ErrorKind.Unsupported, $"there are no plans for {verb}"),
            };
            response.Fits = plan.Fits;
            response.Memory = (ulong)plan.MemoryTotal;
            response.Text = PlanText.Table(plan);
            response.Json = PlanText.Json(plan);
            response.Warnings.AddRange(plan.Notes);
        }

        return response;
    }

    private static RunOptions OptionsOf(PlanRunRequest request) => new(request.Model, request.Options.Select(static option => (option.Name, option.Value)));

    private static string VerbOf(RunConfig config) =>
        config.Kind switch
        {
            RunKind.Train => TrainVerb,
            RunKind.Infer => "model serve",
            var other => RunKinds.NameOf(other),
        };

    private static string ResourcesOf(RunConfig config) =>
        config.Kind switch
        {
            RunKind.Train => config.Train.Ilab?.Resources ?? "",
            RunKind.Infer => config.Infer.Ilab?.Resources ?? "",
            RunKind.Eval => config.Eval.Ilab?.Resources ?? "",
            _ => "",
        };

    private static Resources? Machine(string text)
    {
        try
        {
            return text.Length == 0 ? null : Resources.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"resources: {exception.Message}", "", exception);
        }
    }
}
