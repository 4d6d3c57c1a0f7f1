namespace Ilab.Data.Isolation;

/// <summary>Resource limits for reading a file: files are untrusted, and their parsers have no limits of their own.</summary>
/// <param name="Time">Total run time of the process.</param>
/// <param name="HeapBytes">Heap size of the process; exceeding it ends the reader, not the service.</param>
/// <param name="OutputBytes">Size of the output.</param>
internal sealed record ReaderLimits(TimeSpan Time, long HeapBytes, long OutputBytes);
