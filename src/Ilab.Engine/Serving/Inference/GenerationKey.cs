using System.Globalization;
using Ilab.Engine.Access;

namespace Ilab.Engine.Serving.Inference;

/// <summary>
/// The id of a generation within the service and its runners: that which the caller chose, with the caller's user id in front. A caller finds only their own,
/// also after a restart of the service, and nobody can take an id away from others. The generations of the service's own user have the plain id.
/// </summary>
internal static class GenerationKey
{
    public static string Of(Caller caller, string id) =>
        caller.Uid == Caller.Service.Uid ? id : string.Create(CultureInfo.InvariantCulture, $"{caller.Uid}-{id}");

    /// <summary>Whether a key is that of one of the caller's generations.</summary>
    public static bool IsOf(Caller caller, string key) =>
        caller.Uid == Caller.Service.Uid || key.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{caller.Uid}-"), StringComparison.Ordinal);

    /// <summary>The user whose generation a key is, if it is one of that id.</summary>
    public static uint? OwnerOf(string key, string id) =>
        key == id ? Caller.Service.Uid
        : key.EndsWith("-" + id, StringComparison.Ordinal)
        && uint.TryParse(key.AsSpan(0, key.Length - id.Length - 1), CultureInfo.InvariantCulture, out var uid)
            ? uid
        : null;
}
