using Ilab.Engine.Errors;

namespace Ilab.Engine.Sources.HuggingFace;

/// <summary>
/// A repository on the hub and what is wanted of it: <c>org/repo[:QUANT]</c>, <c>hf.co/org/repo[:QUANT]</c>, <c>hf://org/repo/path/file.gguf</c>, each with <c>@revision</c>
/// after the repository.
/// </summary>
internal sealed record HubReference(string Repository, string Revision, string? File, string? Quantization)
{
    private static readonly string[] Prefixes = ["hf://", "huggingface://", "hf.co/", "huggingface.co/", "https://huggingface.co/"];

    public static bool IsOne(string text) => Prefixes.Any(prefix => text.StartsWith(prefix, StringComparison.Ordinal)) || (text.Count(static character => character == '/') >= 1 && !text.Contains("://", StringComparison.Ordinal) && !text.StartsWith('/') && !text.Split('/')[0].Contains('.', StringComparison.Ordinal));

    /// <exception cref="EngineException">INVALID_ARGUMENT.</exception>
    public static HubReference Parse(string text)
    {
        var rest = Prefixes.FirstOrDefault(prefix => text.StartsWith(prefix, StringComparison.Ordinal)) is { } found ? text[found.Length..] : text;
        var parts = rest.Split('/', 3);
        if (parts.Length < 2 || parts[0].Length == 0 || parts[1].Length == 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{text} does not name a repository", "say org/repo:QUANT or hf://org/repo/file.gguf");
        }

        var (repo, quantization) = Cut(parts[1], ':');
        (repo, var revision) = Cut(repo, '@');
        string? file = null;
        if (parts.Length == 3 && parts[2].Length > 0)
        {
            (file, quantization) = parts[2].EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? (parts[2], quantization) : Colon(parts[2], quantization);
        }

        return new HubReference($"{parts[0]}/{repo}", revision ?? "main", file, quantization is "latest" or "" ? null : quantization);
    }

    /// <summary>A folder or file name of the repository, with a quantization after it.</summary>
    private static (string File, string? Quantization) Colon(string text, string? quantization)
    {
        var (file, after) = Cut(text, ':');
        return (file, after ?? quantization);
    }

    private static (string Before, string? After) Cut(string text, char mark)
    {
        var at = text.LastIndexOf(mark);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
