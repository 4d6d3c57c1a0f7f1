namespace Ilab.Configuration.Runs.Problems;

/// <summary>Where a value comes from.</summary>
/// <param name="Line">In the file, from 1; 0 = not from a file.</param>
/// <param name="Column">In characters, from 1.</param>
/// <param name="Argument">The override that set it, from 1; 0 = none.</param>
public readonly record struct ConfigPlace(int Line, int Column, int Argument = 0)
{
    /// <summary>Whether somebody wrote the value; false for defaults.</summary>
    public bool IsWritten => Line > 0 || Argument > 0;
}
