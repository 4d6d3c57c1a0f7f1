using Ilab.Engine.Errors;

namespace Ilab.Sources.HuggingFace;

/// <summary>
/// A reference to a repository on the hub: <c>org/repo[:QUANT]</c>, <c>hf.co/org/repo[:QUANT]</c>, <c>hf://org/repo/path/file.gguf</c>, each with an optional
/// <c>@revision</c> after the repository; or a browser URL: <c>https://huggingface.co/org/repo/{tree,blob,resolve,raw}/revision/path</c>.
/// </summary>
internal sealed record HubReference(string Repository, string Revision, string? File, string? Quantization)
{
    private static readonly string[] Schemes = ["hf://", "huggingface://"];
    private static readonly string[] Sites =
    [
        .. from scheme in (string[])["", "https://", "http://"]
        from host in (string[])["hf.co/", "huggingface.co/", "www.huggingface.co/"]
        select scheme + host,
    ];
    private static readonly string[] Views = ["resolve", "blob", "tree", "raw"];

    public static bool IsOne(string text) =>
        Without(text, Schemes) is not null
        || Without(text, Sites) is not null
        || (
            text.Count(static character => character == '/') >= 1
            && !text.Contains("://", StringComparison.Ordinal)
            && !text.StartsWith('/')
            && !text.Split('/')[0].Contains('.', StringComparison.Ordinal)
        );

    /// <exception cref="EngineException">INVALID_ARGUMENT.</exception>
    public static HubReference Parse(string text)
    {
        var address = Without(text, Sites)?.Split('?', '#')[0].TrimEnd('/');
        var parts = (address ?? Without(text, Schemes) ?? text).Split('/', 3);
        if (parts.Length < 2 || parts[0].Length == 0 || parts[1].Length == 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{text} is not a valid repository", "use org/repo:QUANT or hf://org/repo/file.gguf");
        }

        var (repo, quantization) = Cut(parts[1], ':');
        (repo, var revision) = Cut(repo, '@');
        var path = parts.Length == 3 ? parts[2] : "";
        if (address is not null && path.Split('/', 3) is [var view, var shown, ..] below && Views.Contains(view))
        {
            (revision, path) = (Uri.UnescapeDataString(shown), below.Length == 3 ? Uri.UnescapeDataString(below[2]) : "");
        }

        string? file = null;
        if (path.Length > 0)
        {
            (file, quantization) = path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? (path, quantization) : Colon(path, quantization);
        }

        return new HubReference($"{parts[0]}/{repo}", revision ?? "main", file, quantization is "latest" or "" ? null : quantization);
    }

    /// <returns>The text after one of the prefixes; null if none matches.</returns>
    private static string? Without(string text, string[] prefixes) =>
        prefixes.FirstOrDefault(prefix => text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) is { } found ? text[found.Length..] : null;

    /// <summary>Splits a directory or file name of the repository from the quantization after it.</summary>
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
