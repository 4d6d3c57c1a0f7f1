using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Access;
using Ilab.Engine.Events;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task Events(EventsRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        var filters = new Filters(request.Filters, "type", "event", "name", "id");
        var caller = context.GetCaller();
        await foreach (
            var entry in events.SubscribeAsync(request.Since?.ToDateTimeOffset(), request.Until?.ToDateTimeOffset(), request.Follow, context.CancellationToken)
        )
        {
            if (
                IsVisible(entry, caller)
                && filters.Allows("type", value => entry.Type == value)
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

    /// <summary>Events of jobs and datasets say whose they are; those of earlier versions do not, and are for admins.</summary>
    private static bool IsVisible(EngineEvent entry, Caller caller) =>
        entry.Type switch
        {
            "job" => caller.SeesJobs || IsOwn(entry, caller),
            "dataset" => caller.SeesDatasets || IsOwn(entry, caller),
            "model" => caller.SeesModels || IsOwn(entry, caller),
            _ => true,
        };

    private static bool IsOwn(EngineEvent entry, Caller caller) =>
        entry.Attributes.TryGetValue(EngineEvent.OwnerKey, out var owner) && uint.TryParse(owner, out var uid) ? caller.Owns(uid) : caller.IsAdmin;
}
