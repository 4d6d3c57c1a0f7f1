using System.Text;

namespace Ilab.Data.Pipelines;

/// <summary>Access to the files of a pipeline by path; nothing else can be read.</summary>
internal interface IPipelineFiles
{
    /// <param name="path">Relative to the directory of the pipeline file, as written in the file; may begin with <c>../</c>.</param>
    /// <returns>Null if it does not exist.</returns>
    string? Read(string path);
}

/// <summary>Files sent with a request, by normalized path.</summary>
internal sealed class RequestFiles(IReadOnlyDictionary<string, byte[]> files) : IPipelineFiles
{
    /// <summary><c>a/./b/../c</c> becomes <c>a/c</c>; leading <c>..</c> that cannot be resolved are kept.</summary>
    public static string Normalize(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] != "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("." or "") || (part.Length == 0 && parts.Count == 0 && path.StartsWith('/')))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    public string? Read(string path) => files.TryGetValue(Normalize(path), out var bytes) ? Encoding.UTF8.GetString(bytes) : null;
}
