using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task Audit(AuditRequest request, IServerStreamWriter<AuditEntry> responseStream, ServerCallContext context)
    {
        var filters = new Filters(request.Filters, "user", "method", "outcome");
        var since = request.Since?.ToDateTimeOffset();
        foreach (var (record, line) in audit.Read())
        {
            if (
                (since is null || record.Time >= since)
                && filters.Allows("user", value => record.User == value || value == record.Uid.ToString(System.Globalization.CultureInfo.InvariantCulture))
                && filters.Allows("method", value => record.Method.Contains(value, StringComparison.OrdinalIgnoreCase))
                && filters.Allows("outcome", value => record.Outcome.Equals(value, StringComparison.OrdinalIgnoreCase))
            )
            {
                var entry = new AuditEntry
                {
                    Time = record.Time.ToTimestamp(),
                    Uid = record.Uid,
                    User = record.User,
                    Pid = record.Pid,
                    From = record.From,
                    Method = record.Method,
                    Object = record.Object,
                    Outcome = record.Outcome,
                    Json = line,
                };
                await responseStream.WriteAsync(entry, context.CancellationToken);
            }
        }
    }
}
