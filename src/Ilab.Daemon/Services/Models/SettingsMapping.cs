using Ilab.Engine.Workloads.Modelfiles;
using Core = Ilab.Engine.Store.Catalog;

namespace Ilab.Daemon.Services.Models;

/// <summary>Settings of a model as a message.</summary>
internal static class SettingsMapping
{
    public static Api.V1.ModelSettings ToWire(Core.ModelSettings settings)
    {
        var wire = new Api.V1.ModelSettings { System = settings.System ?? "", Template = settings.Template ?? "" };
        foreach (var (name, value) in ModelfileParameters.Texts(settings.Parameters))
        {
            wire.Parameters.Add(name, value);
        }

        wire.Stop.AddRange(settings.Parameters.Stop ?? []);
        wire.Messages.AddRange(settings.Messages.Select(static turn => new Api.V1.ModelTurn { Role = turn.Role, Content = turn.Content }));
        return wire;
    }
}
