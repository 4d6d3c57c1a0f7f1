using Ilab.Engine.Access;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Workloads.Modelfiles;

/// <summary>Who imports a Modelfile.</summary>
/// <param name="Who">On whose behalf: the owner of what is made.</param>
/// <param name="Open">Opens a file with the caller's rights.</param>
/// <param name="Check">Throws UPLOAD_REQUIRED for a path that the caller may not read, or the service not for the caller.</param>
public sealed record ModelfileCaller(Caller Who, Func<string, SafeFileHandle> Open, Action<string> Check, Action<Transfer> Progress, Action<string> Warn)
{
    /// <summary>Whether the caller may be on another machine: nothing is looked for on this one.</summary>
    public bool IsRemote { get; init; }
}

/// <summary>Models without a name that come into being while a Modelfile is imported.</summary>
internal sealed record ModelfileParts(string Folder, ModelfileCaller Caller, LeaseGroup Held, DateTimeOffset Begun)
{
    /// <summary>To be removed at the end, unless they have a name then, or were there before.</summary>
    public List<ModelRecord> Made { get; } = [];
}
