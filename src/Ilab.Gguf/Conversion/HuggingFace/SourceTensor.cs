using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A tensor of a checkpoint, stored as it is or worked out from packed numbers.</summary>
/// <param name="Shape">Slowest axis first.</param>
/// <param name="File">Where it is, for messages.</param>
/// <param name="Rows">Opened when it is asked for; may refuse a type that holds no weights.</param>
public sealed record SourceTensor(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, string File, Func<IRowSource> Rows)
{
    /// <summary>Whether arithmetic with it is rounded to half precision, as the programs of its makers do.</summary>
    public bool IsHalf => Type == SafetensorsType.F16;
}
