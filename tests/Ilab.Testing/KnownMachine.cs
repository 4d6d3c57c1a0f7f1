using System.Collections.Concurrent;

namespace Ilab.Testing;

/// <summary>
/// What one installation has found out about the machine's accelerator is told to the next ones, as to a service that is started again: the check takes over a
/// second of computing, and there are many installations.
/// </summary>
internal static class KnownMachine
{
    private const string Pattern = "accelerator-*.json";
    private static readonly ConcurrentDictionary<string, byte[]> Files = new();

    /// <summary>Takes over what a service has written.</summary>
    public static void Learn(string root)
    {
        var folder = Folder(root);
        foreach (var file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, Pattern) : [])
        {
            Files.TryAdd(Path.GetFileName(file), File.ReadAllBytes(file));
        }
    }

    /// <summary>Writes it where a new service looks for it.</summary>
    /// <param name="user">Who runs the service; null = this user.</param>
    public static void Tell(string root, TestUser? user)
    {
        var folder = Folder(root);
        if (Directory.Exists(Path.GetDirectoryName(folder)) || Files.IsEmpty)
        {
            return;
        }

        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute; // as the service makes them
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!, Private);
        Directory.CreateDirectory(folder, Private);
        user?.Own(Path.GetDirectoryName(folder)!);
        user?.Own(folder);
        foreach (var (name, content) in Files)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllBytes(path, content);
            user?.Own(path);
        }
    }

    private static string Folder(string root) => Path.Combine(root, "store", "machine");
}
