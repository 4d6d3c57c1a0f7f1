using System.Globalization;
using Ilab.Data.Pipelines.Blocks;
using Ilab.Jinja;

namespace Ilab.Data.Pipelines;

/// <summary>Reads pipeline files of version 1, in InstructLab's format.</summary>
internal static class PipelineReader
{
    private const int Major = 1;
    private const int Minor = 0;

    private static readonly Dictionary<string, Func<string, BlockConfig, Block>> Types = new(StringComparer.Ordinal)
    {
        ["LLMBlock"] = static (name, config) => new LlmBlock(name, config),
        ["ConditionalLLMBlock"] = static (name, config) => new ConditionalLlmBlock(name, config),
        ["LLMMessagesBlock"] = static (name, config) => new LlmMessagesBlock(name, config),
        ["FilterByValueBlock"] = static (name, config) => new FilterByValueBlock(name, config),
        ["CombineColumnsBlock"] = static (name, config) => new CombineColumnsBlock(name, config),
        ["FlattenColumnsBlock"] = static (name, config) => new FlattenColumnsBlock(name, config),
        ["DuplicateColumnsBlock"] = static (name, config) => new DuplicateColumnsBlock(name, config),
        ["RenameColumnsBlock"] = static (name, config) => new RenameColumnsBlock(name, config),
        ["SamplePopulatorBlock"] = static (name, config) => new SamplePopulatorBlock(name, config),
        ["SelectorBlock"] = static (name, config) => new SelectorBlock(name, config),
        ["SetToMajorityValueBlock"] = static (name, config) => new SetToMajorityValueBlock(name, config),
        ["IterBlock"] = static (name, config) => new IterBlock(name, config),
        ["SimilarityFilterBlock"] = static (name, config) => new SimilarityFilterBlock(name, config),
        ["TextGuardBlock"] = static (name, config) => new TextGuardBlock(name, config),
        ["RephraseBlock"] = static (name, config) => new RephraseBlock(name, config),
        ["MessagesBlock"] = static (name, config) => new MessagesBlock(name, config),
    };

    public static IEnumerable<string> TypeNames => Types.Keys;

    /// <param name="path">Used in error messages.</param>
    /// <exception cref="PipelineException">Names the block and the problem.</exception>
    public static Pipeline Read(string text, string path, IPipelineFiles files)
    {
        var root = BlockConfig.ReadMapping(text, path);
        var warnings = new List<string>();
        CheckVersion(root.TryGetValue("version", out var version) ? version : null, path, warnings);
        if (!root.TryGetValue("blocks", out var blocks) || blocks is not List<object?> { Count: > 0 } list)
        {
            throw new PipelineException($"{path} has no blocks", "add blocks: a list of blocks with name, type and config");
        }

        var steps = list.Select((block, index) => ReadStep(block, index, files, warnings)).ToList();
        return new Pipeline(steps, Auxiliary(root), warnings);
    }

    /// <summary>Creates a block of a type.</summary>
    /// <exception cref="PipelineException">Unknown type or invalid settings.</exception>
    public static Block Create(string type, string name, BlockConfig config) =>
        Types.TryGetValue(type, out var create)
            ? create(name, config)
            : throw new PipelineException($"block {name}: unknown block type {type}", $"known types: {string.Join(", ", Types.Keys)}");

    private static PipelineStep ReadStep(object? block, int index, IPipelineFiles files, List<string> warnings)
    {
        if (block is not IDictionary<string, object?> values)
        {
            throw new PipelineException($"block {index + 1} is not a mapping", "it needs name, type and config");
        }

        var settings = new BlockConfig($"{index + 1}", values, files);
        var name = settings.Text("name");
        var config = new BlockConfig(
            name,
            (IDictionary<string, object?>?)(settings.Value("config") as IDictionary<string, object?>) ?? new Dictionary<string, object?>(),
            files
        );
        var step = new PipelineStep(
            Create(settings.Text("type"), name, config),
            settings.Value("drop_columns") is null ? [] : settings.Texts("drop_columns"),
            settings.Value("drop_duplicates") is null or false ? [] : settings.Texts("drop_duplicates")
        );
        warnings.AddRange(config.Unknown.Concat(settings.Unknown).Select(key => $"block {name}: unknown key {key} is ignored"));
        return step;
    }

    private static void CheckVersion(object? version, string path, List<string> warnings)
    {
        var parts = version switch
        {
            string text => text.Split('.'),
            double number => Values.Text(number).Split('.'),
            long number => [number.ToString(CultureInfo.InvariantCulture)],
            _ => [],
        };
        if (parts.Length == 0 || !int.TryParse(parts[0], out var major) || !int.TryParse(parts.Length > 1 ? parts[1] : "0", out var minor))
        {
            throw new PipelineException($"{path} has no version", "add version: \"1.0\"");
        }

        if (major > Major)
        {
            throw new PipelineException($"{path} has version {string.Join('.', parts)}; this ilab supports {Major}.{Minor}", "use a newer ilab");
        }

        if (major == Major && minor > Minor)
        {
            warnings.Add($"{path} has version {string.Join('.', parts)}: newer features are ignored");
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> Auxiliary(IDictionary<string, object?> root)
    {
        var instructions = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (
            root.TryGetValue("datamixing", out var mixing)
            && mixing is IDictionary<string, object?> section
            && section.TryGetValue("auxiliary_instructions", out var all)
            && all is IDictionary<string, object?> kinds
        )
        {
            foreach (var (kind, list) in kinds)
            {
                instructions[kind] = list is List<object?> texts ? [.. texts.Select(Values.Text)] : [Values.Text(list)];
            }
        }

        return instructions;
    }
}
