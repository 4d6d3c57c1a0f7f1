using System.Globalization;

namespace Ilab.Integration.Tests;

/// <summary>What a service and its runners take of the machine.</summary>
/// <param name="Processes">How many they are.</param>
/// <param name="Memory">Resident bytes.</param>
/// <param name="Handles">Open files and connections.</param>
internal readonly record struct ServiceUse(int Processes, long Memory, long Handles, long Threads)
{
    /// <param name="root">Folder of the service, which its processes name in their commands.</param>
    public static ServiceUse Of(string root)
    {
        var sum = default(ServiceUse);
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(static folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                var command = File.ReadAllText(Path.Combine(folder, "cmdline"));
                if (command.Contains(root, StringComparison.Ordinal) && Path.GetFileName(command.Split('\0')[0]) is "ilabd" or "ilab-runner")
                {
                    sum += new ServiceUse(
                        1,
                        long.Parse(File.ReadAllText(Path.Combine(folder, "statm")).Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize,
                        Directory.EnumerateFileSystemEntries(Path.Combine(folder, "fd")).LongCount(),
                        Directory.EnumerateDirectories(Path.Combine(folder, "task")).LongCount()
                    );
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }

        return sum;
    }

    public static ServiceUse operator +(ServiceUse one, ServiceUse other) =>
        new(one.Processes + other.Processes, one.Memory + other.Memory, one.Handles + other.Handles, one.Threads + other.Threads);

    public static ServiceUse operator -(ServiceUse one, ServiceUse other) =>
        new(one.Processes - other.Processes, one.Memory - other.Memory, one.Handles - other.Handles, one.Threads - other.Threads);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Processes} processes, {Memory / 1e6:F1} MB, {Handles} handles, {Threads} threads");
}
