namespace Ilab.Posix.Processes;

/// <summary>A process to be started: program, arguments without the program name, complete environment, and output file.</summary>
public sealed record ProcessStart(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string OutputPath);
