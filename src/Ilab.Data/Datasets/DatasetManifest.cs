using System.Text.Json.Serialization;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Data.Datasets;

/// <summary>Media types and config of a dataset manifest.</summary>
internal static class DatasetManifest
{
    public const string ArtifactType = "application/vnd.ilab.dataset.manifest.v1+json";
    public const string ConfigType = "application/vnd.ilab.dataset.config.v1+json";
    public const string RecordsType = "application/vnd.ilab.dataset.messages.v1+jsonl";
    public const string JsonLinesType = "application/jsonl";
    public const string JsonType = "application/json";
    public const string HtmlType = "text/html";
    public const string YamlType = "application/yaml";

    public static Manifest Of(NewDataset dataset, Digest config, long configSize) =>
        new()
        {
            ArtifactType = ArtifactType,
            Config = new ManifestLayer(ConfigType, config.ToString(), configSize),
            Layers =
            [
                .. dataset.Files.Select(static file => new ManifestLayer(
                    file.MediaType,
                    file.Digest.ToString(),
                    file.Size,
                    new SortedDictionary<string, string> { [Manifest.TitleAnnotation] = file.Title }
                )),
            ],
        };

    public static IReadOnlyList<DatasetFile> FilesOf(Manifest manifest) =>
        [
            .. manifest.Layers.Select(static layer => new DatasetFile(
                layer.Annotations?.GetValueOrDefault(Manifest.TitleAnnotation) ?? "",
                layer.MediaType,
                Digest.Parse(layer.Digest),
                layer.Size
            )),
        ];
}

/// <summary>The config of a dataset.</summary>
public sealed record DatasetConfig(DatasetStatistics Statistics, DatasetLineage Lineage);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PreferredObjectCreationHandling = JsonObjectCreationHandling.Replace
)]
[JsonSerializable(typeof(DatasetConfig))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(string))]
internal sealed partial class DatasetsJson : JsonSerializerContext;
