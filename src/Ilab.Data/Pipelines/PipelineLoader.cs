using System.Text;
using Ilab.Engine.Errors;

namespace Ilab.Data.Pipelines;

/// <summary>Loads pipelines sent with a request: one file for all kinds of leaves, or a directory with one file per kind.</summary>
internal static class PipelineLoader
{
    /// <param name="files">By path; the pipeline files have no directory, or share one.</param>
    /// <param name="entry">Path of the pipeline file, or of the directory.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT, naming the invalid file and block.</exception>
    public static PipelineSet Load(string entry, IReadOnlyDictionary<string, byte[]> files)
    {
        var pipelines = new Dictionary<string, Pipeline>();
        if (files.ContainsKey(entry))
        {
            var (folder, file) = Split(entry);
            var pipeline = ReadOne(file, folder, files);
            pipelines = PipelineSet.Kinds.ToDictionary(static kind => kind, _ => pipeline);
        }
        else
        {
            foreach (var kind in PipelineSet.Kinds.Where(kind => files.ContainsKey(Join(entry, PipelineSet.FileOf(kind)))))
            {
                pipelines[kind] = ReadOne(PipelineSet.FileOf(kind), entry, files);
            }
        }

        return pipelines.Count > 0
            ? new PipelineSet(Split(entry).File, pipelines, PipelineSet.DigestOf(files))
            : throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{entry} contains no pipeline",
                "a pipeline directory needs knowledge.yaml, freeform_skills.yaml or grounded_skills.yaml"
            );
    }

    public static Pipeline ReadOne(string file, string folder, IReadOnlyDictionary<string, byte[]> files)
    {
        try
        {
            return PipelineReader.Read(Encoding.UTF8.GetString(files[Join(folder, file)]), file, new Below(folder, new RequestFiles(files)));
        }
        catch (PipelineException exception)
        {
            throw exception.ToEngine(Join(folder, file));
        }
    }

    private static string Join(string folder, string file) => RequestFiles.Normalize(folder.Length > 0 ? $"{folder}/{file}" : file);

    private static (string Folder, string File) Split(string path) =>
        path.LastIndexOf('/') is >= 0 and var slash ? (path[..slash], path[(slash + 1)..]) : ("", path);

    private sealed class Below(string folder, RequestFiles files) : IPipelineFiles
    {
        public string? Read(string path) => files.Read(path.StartsWith('/') || folder.Length == 0 ? path : $"{folder}/{path}");
    }
}
