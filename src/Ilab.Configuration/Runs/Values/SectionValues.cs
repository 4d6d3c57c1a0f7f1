namespace Ilab.Configuration.Runs.Values;

/// <summary>Values of a section in the types of .NET.</summary>
public static class SectionValues
{
    public static ConfigSection Section(this ConfigSection section, string field) => (ConfigSection)section[field];

    /// <summary>Null when the field is null.</summary>
    public static ConfigSection? OptionalSection(this ConfigSection section, string field) => section[field] as ConfigSection;

    /// <summary>The value as text; null when it is null.</summary>
    public static string? Text(this ConfigSection section, string field) =>
        Scalar(section, field) switch
        {
            null => null,
            string text => text,
            var other => PythonText.Of(other),
        };

    public static bool Flag(this ConfigSection section, string field) => Scalar(section, field) is true;

    public static bool? OptionalFlag(this ConfigSection section, string field) => Scalar(section, field) as bool?;

    /// <summary>A whole number, at the bounds of its type when it is beyond them; null when it is null or a text.</summary>
    public static long? Whole(this ConfigSection section, string field) =>
        Scalar(section, field) is Int128 value ? (long)Int128.Clamp(value, long.MinValue, long.MaxValue) : null;

    public static double? Number(this ConfigSection section, string field) =>
        Scalar(section, field) switch
        {
            double value => value,
            Int128 value => (double)value,
            _ => null,
        };

    /// <summary>Empty when the field is null.</summary>
    public static IReadOnlyList<string> Texts(this ConfigSection section, string field) =>
        section[field] is ConfigList list ? [.. list.Items.OfType<ConfigScalar>().Select(static item => PythonText.Of(item.Value))] : [];

    public static IReadOnlyList<ConfigSection> Sections(this ConfigSection section, string field) =>
        section[field] is ConfigList list ? [.. list.Items.OfType<ConfigSection>()] : [];

    public static ConfigMap Map(this ConfigSection section, string field) => section[field] as ConfigMap ?? new ConfigMap(default, []);

    /// <summary>The value below a path such as <c>training.learning_rate</c>; null when a part of it is absent.</summary>
    public static ConfigNode? At(this ConfigSection section, string path)
    {
        ConfigNode? node = section;
        foreach (var part in path.Split('.'))
        {
            node = node switch
            {
                ConfigSection inner when inner.Class.Find(part) is not null => inner[part],
                ConfigMap map => map.Find(part),
                _ => null,
            };
        }

        return node;
    }

    private static object? Scalar(ConfigSection section, string field) => (section[field] as ConfigScalar)?.Value;
}
