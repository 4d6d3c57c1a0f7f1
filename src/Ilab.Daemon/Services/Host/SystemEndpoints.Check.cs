using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task<CheckResponse> Check(CheckRequest request, ServerCallContext context)
    {
        var report = request.Accelerator
            ? await parts.Accelerator.CheckAgainAsync(context.CancellationToken)
            : await parts.Accelerator.GetAsync(context.CancellationToken);
        var response = new CheckResponse { Accelerator = ToWire(report) };
        response.Products.AddRange(
            report.Products.Select(static product => new CheckedProduct
            {
                Type = product.Type,
                Rows = (uint)product.Rows,
                Plain = product.Plain,
                Accelerated = product.Accelerated,
                Bound = product.Bound,
            })
        );
        response.Devices.AddRange(parts.Devices.Snapshot().Select(ToWire));
        return response;
    }
}
