using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.Catalog;

/// <summary>An OCI image manifest with ModelPack media types: lists the layers of a model; its digest is the model's id.</summary>
public sealed record Manifest
{
    public const string Type = "application/vnd.oci.image.manifest.v1+json";
    public const string ModelType = "application/vnd.cncf.model.manifest.v1+json";
    public const string ConfigType = "application/vnd.cncf.model.config.v1+json";
    public const string WeightsType = "application/vnd.cncf.model.weight.v1.raw";
    public const string LicenseType = "application/vnd.cncf.model.doc.v1.raw";
    public const string AdapterType = "application/vnd.ilab.model.adapter.v1.gguf";
    public const string SettingsType = "application/vnd.ilab.model.settings.v1+json";
    public const string TitleAnnotation = "org.opencontainers.image.title";

    public int SchemaVersion { get; set; } = 2;

    public string MediaType { get; set; } = Type;

    public string ArtifactType { get; set; } = ModelType;

    public required ManifestLayer Config { get; init; }

    public required IReadOnlyList<ManifestLayer> Layers { get; init; }

    [JsonIgnore]
    public IEnumerable<Digest> Blobs => Layers.Prepend(Config).Select(static layer => Digest.Parse(layer.Digest));

    [JsonIgnore]
    public IEnumerable<Digest> Weights => Layers.Where(static layer => layer.MediaType == WeightsType).Select(static layer => Digest.Parse(layer.Digest));

    [JsonIgnore]
    public IEnumerable<Digest> Adapters => Layers.Where(static layer => layer.MediaType == AdapterType).Select(static layer => Digest.Parse(layer.Digest));

    /// <summary>The layer of the first of a media type, or null.</summary>
    public ManifestLayer? Find(string mediaType) => Layers.FirstOrDefault(layer => layer.MediaType == mediaType);

    public static Manifest Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, ModelsJson.Default.Manifest) ?? throw new JsonException("the manifest is empty");

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ModelsJson.Default.Manifest);
}

/// <summary>A layer of a model.</summary>
public sealed record ManifestLayer(string MediaType, string Digest, long Size, SortedDictionary<string, string>? Annotations = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ModelSummary))]
[JsonSerializable(typeof(ModelSettings))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class ModelsJson : JsonSerializerContext;
