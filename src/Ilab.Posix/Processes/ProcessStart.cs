namespace Ilab.Posix.Processes;

/// <summary>A process to be started: program, arguments after its name, the whole environment, and the file that takes its output.</summary>
public sealed record ProcessStart(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string OutputPath);
