using Ilab.Api.V1;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Engine.Errors;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Runs;

/// <summary>ilab.v1.RunConfigService; one file per call.</summary>
internal sealed partial class RunConfigEndpoints(PlannedRuns runs) : RunConfigService.RunConfigServiceBase
{
    private static RunConfigFile Required(RunConfigFile? file) => file ?? throw new EngineException(ErrorKind.InvalidArgument, "the request has no file");

    private static RunKind? Kind(RunConfigFile file) =>
        file.Kind.Length == 0 ? null
        : RunKinds.Find(file.Kind) is { } kind ? kind
        : throw new EngineException(ErrorKind.InvalidArgument, $"there is no kind {file.Kind}");

    private static RunConfigProblem ToWire(ConfigProblem problem) =>
        new()
        {
            File = problem.File,
            Line = (uint)problem.Line,
            Column = (uint)problem.Column,
            Level = (RunConfigLevel)(int)problem.Level,
            Rule = problem.Rule,
            Key = problem.Key,
            Message = problem.Message,
            Fix = problem.Fix,
            Suggestion = problem.Suggestion,
        };
}
