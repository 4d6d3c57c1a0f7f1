namespace Ilab.Runner.Contract.Tasks;

/// <summary>The <c>result.json</c> file of a conversion to a GGUF: what was written, digested on the way.</summary>
/// <param name="Sha256">In hexadecimal digits.</param>
/// <param name="Bytes">Length of the file.</param>
public sealed record WrittenFile(string Sha256, long Bytes);
