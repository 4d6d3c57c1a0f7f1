using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Hosting;

/// <summary>Says what a change has no effect on: a drop-in, a file of the machine or a variable sets it, too.</summary>
internal static class Overrides
{
    /// <param name="session">Where it is said.</param>
    /// <param name="keys">Settings that were changed in the user's file, or removed from it.</param>
    public static void Say(Session session, IEnumerable<string> keys)
    {
        var locations = ConfLocations.Of(session.Environment);
        var reading = new SettingsReader(locations, session.Environment).ReadAll();
        foreach (var value in keys.Select(key => reading[key]))
        {
            if (!value.IsDefault && !value.Source.StartsWith(locations.UserFile + ":", StringComparison.Ordinal))
            {
                session.Error.WriteLine($"Note: {value.Setting.Key} is {value.Text}: {value.Source} sets it");
            }
        }
    }

    /// <summary>What counts before the default connection.</summary>
    public static void SayOfDefaultConnection(Session session)
    {
        var reading = new SettingsReader(ConfLocations.Of(session.Environment), session.Environment).ReadClient();
        var first =
            new[] { "connection.url", "connection.connection" }.Select(key => reading[key]).FirstOrDefault(static value => !value.IsDefault)?.Source
            ?? (session.Environment("ILAB_ROOT") is { Length: > 0 } ? "ILAB_ROOT" : null);
        if (first is not null)
        {
            session.Error.WriteLine($"Note: {first} says which service is used; the default connection counts where nothing else does");
        }
    }
}
