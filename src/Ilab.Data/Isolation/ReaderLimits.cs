namespace Ilab.Data.Isolation;

/// <summary>What reading one file may cost: files come from anywhere, and their readers have no limits of their own.</summary>
/// <param name="Time">From the start of the process to its end.</param>
/// <param name="HeapBytes">Of the process that reads; beyond it the process ends, not the service.</param>
/// <param name="OutputBytes">Of what it makes of the file.</param>
internal sealed record ReaderLimits(TimeSpan Time, long HeapBytes, long OutputBytes);
