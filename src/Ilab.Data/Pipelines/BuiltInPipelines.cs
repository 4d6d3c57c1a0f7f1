using System.Security.Cryptography;
using System.Text;
using Ilab.Engine.Errors;

namespace Ilab.Data.Pipelines;

/// <summary>The pipelines of a run by kind of leaf, with a digest over all their files.</summary>
internal sealed record PipelineSet(string Name, IReadOnlyDictionary<string, Pipeline> ByKind, string Digest)
{
    /// <summary>Kinds of leaves, each with a pipeline file; a single pipeline file applies to all kinds.</summary>
    public static readonly string[] Kinds = ["freeform_skill", "grounded_skill", "knowledge"];

    /// <exception cref="EngineException">There is no pipeline for that kind of leaf.</exception>
    public Pipeline For(string kind) =>
        ByKind.TryGetValue(kind, out var pipeline)
            ? pipeline
            : throw new EngineException(ErrorKind.InvalidArgument, $"the pipeline {Name} does not support leaves of kind {kind}", $"add a file {FileOf(kind)}");

    public static string FileOf(string kind) => kind == "knowledge" ? "knowledge.yaml" : kind + "s.yaml";

    /// <summary>Digest over paths and contents, ordered by path.</summary>
    public static string DigestOf(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, bytes) in files.OrderBy(static file => file.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{path}\0{bytes.Length}\0"));
            hash.AppendData(bytes);
        }

        return Engine.Store.Content.Digest.Of(hash.GetHashAndReset()).ToString();
    }
}

/// <summary>The built-in pipelines.</summary>
internal static class BuiltInPipelines
{
    private const string Prefix = "pipelines/";

    public static IReadOnlyList<string> Names { get; } = ["simple", "full"];

    /// <exception cref="EngineException">There is no such pipeline.</exception>
    public static PipelineSet Load(string name)
    {
        if (!Names.Contains(name))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"no such pipeline: {name}", $"use {string.Join(" or ", Names)}, or a pipeline file");
        }

        var files = Files()
            .Where(file => file.Key.StartsWith(name + "/", StringComparison.Ordinal) || file.Key.StartsWith("prompts/", StringComparison.Ordinal))
            .ToDictionary();
        var pipelines = PipelineSet.Kinds.ToDictionary(static kind => kind, kind => PipelineLoader.ReadOne(PipelineSet.FileOf(kind), name, files));
        return new PipelineSet(name, pipelines, PipelineSet.DigestOf(files));
    }

    private static IEnumerable<KeyValuePair<string, byte[]>> Files()
    {
        var assembly = typeof(BuiltInPipelines).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            yield return KeyValuePair.Create(name[Prefix.Length..], bytes);
        }
    }
}
