namespace Ilab.Gguf.Conversion.HuggingFace.Pickles;

/// <summary>A function or class that a pickle names.</summary>
internal sealed record PickleName(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A call that a pickle asks for. It is not made.</summary>
internal sealed class PickleCall(PickleName name, object?[] arguments)
{
    public PickleName Name { get; } = name;

    public object?[] Arguments { get; } = arguments;

    /// <summary>What was put into the result afterwards.</summary>
    public Dictionary<string, object?> Entries { get; } = new(StringComparer.Ordinal);
}

/// <summary>A reference to numbers that lie outside of the pickle.</summary>
internal sealed record PickleStorage(object?[] Parts);

/// <summary>What is wrong with a pickle, beginning with "it".</summary>
internal sealed class PickleException(string message) : Exception(message);
