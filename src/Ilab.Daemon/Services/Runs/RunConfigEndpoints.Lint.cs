using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Configuration.Runs;

namespace Ilab.Daemon.Services.Runs;

internal sealed partial class RunConfigEndpoints
{
    public override Task<LintRunConfigResponse> Lint(LintRunConfigRequest request, ServerCallContext context)
    {
        var file = Required(request.File);
        var reading = ConfigReader.ReadBytes(file.Content.Span, file.Name, Kind(file), [.. request.Overrides], lint: true, context.CancellationToken);
        var response = new LintRunConfigResponse { Kind = reading.Kind is { } kind ? RunKinds.NameOf(kind) : "" };
        response.Problems.AddRange(reading.Problems.Select(ToWire));
        return Task.FromResult(response);
    }
}
