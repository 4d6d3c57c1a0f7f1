using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Configuration.Runs.Migration;

namespace Ilab.Daemon.Services.Runs;

internal sealed partial class RunConfigEndpoints
{
    public override Task<MigrateRunConfigResponse> Migrate(MigrateRunConfigRequest request, ServerCallContext context)
    {
        var file = Required(request.File);
        var result = ConfigMigrator.MigrateBytes(file.Content.Span, file.Name, Kind(file), context.CancellationToken);
        var response = new MigrateRunConfigResponse { Diff = result.Diff };
        if (result.Text is { } text)
        {
            response.Text = text;
        }

        response.Steps.AddRange(
            result.Steps.Select(static step => new RunConfigStep
            {
                Line = (uint)step.Line,
                Key = step.Key,
                Message = step.Message,
            })
        );
        response.Problems.AddRange(result.Problems.Select(ToWire));
        return Task.FromResult(response);
    }
}
