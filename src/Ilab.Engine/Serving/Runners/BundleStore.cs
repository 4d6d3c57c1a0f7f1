using System.Security.Cryptography;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>The bundles of an installation: <c>runners/&lt;id&gt;/</c> in the runtime directory.</summary>
public sealed class BundleStore
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _root;
    private readonly TimeProvider _time;

    public BundleStore(string runtimeDirectory, TimeProvider time)
    {
        _root = Path.Combine(runtimeDirectory, BundleFiles.Folder);
        _time = time;
    }

    /// <summary>A new runner id: 12 hex digits.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));

    /// <summary>Creates the directory with its spec. The reservation is visible to others from then on.</summary>
    public Bundle Create(RunnerSpec spec)
    {
        Directory.CreateDirectory(_root, Private);
        var bundle = new Bundle(Path.Combine(_root, spec.Id));
        bundle.Create();
        bundle.WriteSpec(spec with { CreatedAt = _time.GetUtcNow(), BootId = Boot.Id });
        return bundle;
    }

    /// <summary>All bundles with their condition. Also deletes the remains of interrupted removals.</summary>
    public IReadOnlyList<(Bundle Bundle, BundleCondition Condition)> Scan()
    {
        var found = new List<(Bundle, BundleCondition)>();
        if (!Directory.Exists(_root))
        {
            return found;
        }

        foreach (var directory in Directory.GetDirectories(_root))
        {
            if (Path.GetFileName(directory).StartsWith('.'))
            {
                Delete(directory);
                continue;
            }

            var bundle = new Bundle(directory);
            found.Add((bundle, BundleFacts.Of(bundle).Classify(_time.GetUtcNow())));
        }

        return found;
    }

    /// <summary>Removes a bundle: renames it first, so that a partially removed one is never mistaken for a runner.</summary>
    public void Remove(Bundle bundle)
    {
        var ready = bundle.ReadReady();
        var grave = Path.Combine(_root, "." + bundle.Id);
        try
        {
            Directory.Move(bundle.Directory, grave);
        }
        catch (IOException) when (!Directory.Exists(bundle.Directory))
        {
            return;
        }

        Delete(grave);
        RemoveHashedSocket(bundle, ready);
    }

    // A socket outside the bundle has its own directory.
    private static void RemoveHashedSocket(Bundle bundle, RunnerReady? ready)
    {
        if (ready is { Socket.Length: > 0 } && Path.GetDirectoryName(ready.Socket) != bundle.Directory && File.Exists(ready.Socket))
        {
            try
            {
                File.Delete(ready.Socket);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Taken over by another user; a stale name in the temporary directory is harmless.
            }
        }
    }

    private static void Delete(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (IOException)
        {
            // Already renamed: the next scan retries.
        }
    }
}
