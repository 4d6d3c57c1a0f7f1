namespace Ilab.Engine.Serving.Models;

/// <summary>How much of a device a user may have for models that they load.</summary>
/// <param name="Uid">Whose model it is, once it is loaded; others may use it.</param>
/// <param name="Share">Of the device's memory, above 0 and at most 1; null = all.</param>
/// <param name="UsedByJobs">Bytes that jobs of the user have now.</param>
public sealed record MemoryShare(uint Uid, double? Share, long UsedByJobs);
