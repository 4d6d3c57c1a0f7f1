namespace Ilab.Native.OneDnn;

/// <summary>How the accelerator is used.</summary>
public sealed record AcceleratorOptions
{
    /// <summary>Folder with oneDNN; null = where the system's loader looks.</summary>
    public string? Directory { get; init; }

    /// <summary>Every batch takes the same numeric path, a single token too: slower, but what is said does not depend on who else is served.</summary>
    public bool Strict { get; init; }

    /// <summary>Where is kept what was found out about the machine; null = nowhere, it is found out by each process.</summary>
    public string? RecordDirectory { get; init; }

    /// <summary>Checks the products even when a record says what came of it before.</summary>
    public bool Fresh { get; init; }

    /// <summary>Threads that pack weights; not above the free cores.</summary>
    public required int Threads { get; init; }
}

/// <summary>Finds the weights of a model as its files have them.</summary>
public interface IWeightFiles
{
    /// <param name="name">Name of the tensor.</param>
    /// <returns>Address of its data, which stays readable, and ggml's type; null when no file has it.</returns>
    (nint Data, int Type)? Find(string name);
}
