using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Planning;

/// <summary>A plan for people and for programs.</summary>
public static class PlanText
{
    private const string Gap = "  ";

    /// <summary>A table of the parts, and what follows from them; ends with a line break.</summary>
    public static string Table(RunPlan plan)
    {
        var rows = new List<string[]> { new[] { "PART", "SIZE", "TIER", "NOTE" } };
        rows.AddRange(plan.Memory.Select(Row));
        rows.Add(Total("memory", plan.MemoryTotal, plan.MemoryAvailable, plan.Device));
        if (plan.Host.Count > 0)
        {
            rows.AddRange(plan.Host.Select(Row));
            rows.Add(Total("host memory", plan.HostTotal, plan.HostAvailable, "the machine"));
        }

        if (plan.Disk.Count > 0)
        {
            rows.AddRange(plan.Disk.Select(Row));
            rows.Add(Total("disk", plan.DiskTotal, plan.DiskAvailable, "the store"));
        }

        rows.Add(["time", plan.Time.Seconds is { } seconds ? Duration(seconds) : "-", plan.Time.Seconds is null ? "" : "measured", plan.Time.Note]);
        var text = new StringBuilder($"{plan.Kind} of {plan.Model} on {plan.Device}\n\n");
        int[] widths = [.. Enumerable.Range(0, 3).Select(column => rows.Max(row => row[column].Length))];
        foreach (var row in rows)
        {
            var line = $"{row[0].PadRight(widths[0])}{Gap}{row[1].PadLeft(widths[1])}{Gap}{row[2].PadRight(widths[2])}{Gap}{row[3]}";
            text.Append(line.TrimEnd()).Append('\n');
        }

        text.Append('\n').Append(Verdict(plan)).Append('\n');
        return text.ToString();
    }

    /// <summary>One line that says whether it fits, and what would make it fit.</summary>
    public static string Verdict(RunPlan plan)
    {
        if (plan.Fits)
        {
            return plan.MemoryAvailable is null ? "how much memory there is is not known" : "it fits";
        }

        string?[] missing =
        [
            Missing(plan.MemoryTotal, plan.MemoryAvailable, "memory"),
            Missing(plan.HostTotal, plan.HostAvailable, "host memory"),
            Missing(plan.DiskTotal, plan.DiskAvailable, "disk space"),
        ];
        var change = plan.Change is { } smallest
            ? $"\nsmallest change that makes it fit: {Of(smallest)}, {ByteText.Of(smallest.Bytes)}: {smallest.Effect}"
            : "";
        return $"it does not fit: {string.Join(", ", missing.Where(static part => part is not null))} missing{change}";
    }

    /// <summary>As a JSON object.</summary>
    public static string Json(RunPlan plan) =>
        JsonSerializer.Serialize(
            new PlanDocument
            {
                Kind = plan.Kind,
                Model = plan.Model,
                Device = plan.Device,
                Fits = plan.Fits,
                Memory = new PlanAmount(plan.MemoryTotal, plan.MemoryAvailable, [.. plan.Memory.Select(Part)]),
                HostMemory = plan.Host.Count > 0 ? new PlanAmount(plan.HostTotal, plan.HostAvailable, [.. plan.Host.Select(Part)]) : null,
                Disk = new PlanAmount(plan.DiskTotal, plan.DiskAvailable, [.. plan.Disk.Select(Part)]),
                Time = plan.Time,
                Change = plan.Change,
                Notes = plan.Notes,
            },
            Indented.PlanDocument
        ) + "\n";

    private static PlanJson Indented { get; } =
        new(new JsonSerializerOptions(PlanJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static string Of(PlanChange change) =>
        (change.Field, change.Option) is (var field, { Length: > 0 } option) && field.Length > 0 ? $"{field} ({option})" : $"{change.Field}{change.Option}";

    private static PlanPart Part(PlanLine line) => new(line.Part, line.Bytes, Tier(line.Tier), line.Note);

    private static string[] Row(PlanLine line) => [Gap + line.Part, ByteText.Of(line.Bytes), Tier(line.Tier), line.Note];

    private static string[] Total(string what, long total, long? available, string of) =>
        [what, ByteText.Of(total), "", available is { } bytes ? $"of {ByteText.Of(bytes)} that {of} has for it" : ""];

    private static string? Missing(long total, long? available, string what) =>
        available is { } bytes && total > bytes ? $"{ByteText.Of(total - bytes)} of {what}" : null;

    private static string Tier(PlanTier tier) => tier.ToString().ToLowerInvariant();

    private static string Duration(double seconds) =>
        seconds switch
        {
            < 90 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds):0} s"),
            < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
        };
}

internal sealed record PlanPart(string Part, long Bytes, string Tier, string Note);

internal sealed record PlanAmount(long Bytes, long? Available, IReadOnlyList<PlanPart> Parts);

internal sealed record PlanDocument
{
    public required string Kind { get; init; }

    public required string Model { get; init; }

    public required string Device { get; init; }

    public bool Fits { get; init; }

    public required PlanAmount Memory { get; init; }

    public PlanAmount? HostMemory { get; init; }

    public required PlanAmount Disk { get; init; }

    public required PlanTime Time { get; init; }

    public PlanChange? Change { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PlanDocument))]
internal sealed partial class PlanJson : JsonSerializerContext;
