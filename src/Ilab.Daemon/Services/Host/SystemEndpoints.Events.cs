using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task Events(EventsRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        var filters = new Filters(request.Filters, "type", "event", "name", "id");
        await foreach (
            var entry in events.SubscribeAsync(request.Since?.ToDateTimeOffset(), request.Until?.ToDateTimeOffset(), request.Follow, context.CancellationToken)
        )
        {
            if (
                filters.Allows("type", value => entry.Type == value)
                && filters.Allows("event", value => entry.Action == value)
                && filters.Allows("name", value => entry.Name.Contains(value, StringComparison.OrdinalIgnoreCase))
                && filters.Allows("id", value => entry.Id.Contains(value, StringComparison.Ordinal))
            )
            {
                var wire = new Event
                {
                    Time = entry.Time.ToTimestamp(),
                    Type = entry.Type,
                    Action = entry.Action,
                    Id = entry.Id,
                    Name = entry.Name,
                };
                wire.Attributes.Add(entry.Attributes.ToDictionary());
                await responseStream.WriteAsync(wire, context.CancellationToken);
            }
        }
    }
}
