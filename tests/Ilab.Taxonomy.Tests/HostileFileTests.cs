using System.Diagnostics;

namespace Ilab.Taxonomy.Tests;

/// <summary>Small files that ask for much. The first check in a process pays for compiling; it is not counted.</summary>
public sealed class HostileFileTests
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10); // one second on an idle machine; tests share theirs
    private const long MostAllocated = 400L << 20; // in all, of which far less lives at once

    public static TheoryData<string> Names => [.. Files.Keys];

    private static Dictionary<string, Func<string>> Files { get; } =
        new(StringComparer.Ordinal)
        {
            ["aliases of lists of aliases"] = static () =>
                Lines(30, static i => i == 0 ? "a0: &a0 [x, x]" : $"a{i}: &a{i} [{Repeat($"*a{i - 1}", 9)}]") + "seed_examples: [*a29, *a29]\n",
            ["a long chain of aliases"] = static () =>
                Lines(50_000, static i => i == 0 ? "a0: &a0 [x]" : $"a{i}: &a{i} [*a{i - 1}]") + "seed_examples: [*a49999, *a49998]\n",
            ["merges of merges"] = static () =>
                Lines(300, static i => i == 0 ? "a0: &a0 {x: 1}" : $"a{i}: &a{i} {{<<: [{Repeat($"*a{i - 1}", 30)}], k{i}: 1}}"),
            ["a mapping that merges itself"] = static () => "a: &a\n  <<: *a\n",
            ["lists in lists"] = static () => "a: " + new string('[', 1_000_000),
            ["mappings in mappings"] = static () => string.Concat(Enumerable.Repeat("{a: ", 200_000)),
            ["blocks in blocks"] = static () => string.Concat(Enumerable.Range(0, 2000).Select(static i => new string(' ', i) + "a:\n")),
            ["dashes on dashes"] = static () => string.Concat(Enumerable.Repeat("- ", 500_000)) + "a\n",
            ["question marks"] = static () => string.Concat(Enumerable.Repeat("? ", 500_000)) + "a\n",
            ["commas"] = static () => "a: [" + string.Concat(Enumerable.Repeat("a,", 1_500_000)) + "]\n",
            ["a text of four megabytes"] = static () => "a: \"" + new string('x', 4_000_000) + "\"\n",
            ["blanks at the end of every line"] = static () => string.Concat(Enumerable.Repeat(" \n", 1_500_000)) + "version: 3\n",
            ["empty lines"] = static () => "version: 3\n" + new string('\n', 3_900_000),
            ["comments that switch rules"] = static () =>
                "version: 3\n" + string.Concat(Enumerable.Repeat("# yamllint disable rule:colons\n", 100_000)) + "a:  1 \n",
            ["many keys"] = static () => "version: 3\n" + Lines(70_000, static i => $"created_b{i}: x "),
            ["a number of many digits"] = static () => "version: " + new string('9', 3_000_000) + "\n",
            ["many colons in a number"] = static () => "version: 1" + string.Concat(Enumerable.Repeat(":59", 100_000)) + "\n",
        };

    [Theory]
    [MemberData(nameof(Names))]
    public void NoFileCostsMoreThanItsBytesDeserve(string name)
    {
        var text = Files[name]();
        Qna.Check(Qna.Skill());
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        var verdict = Qna.Check(text, fix: true);
        watch.Stop();
        Assert.False(verdict.IsValid);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Most);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, MostAllocated);
    }

    private static string Lines(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(i => line(i) + "\n"));

    private static string Repeat(string item, int count) => string.Join(", ", Enumerable.Repeat(item, count));
}
