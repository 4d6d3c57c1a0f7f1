using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilab.Engine.Serving.Runners;

/// <summary>JSON of the bundle's files, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(RunnerSpec))]
[JsonSerializable(typeof(RunnerReady))]
[JsonSerializable(typeof(RunnerExit))]
internal sealed partial class BundleJson : JsonSerializerContext
{
    /// <summary>Null when the text is not (or not yet) what it should be.</summary>
    public static T? Parse<T>(byte[] text)
        where T : class
    {
        try
        {
            return (T?)JsonSerializer.Deserialize(text, typeof(T), Default);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
