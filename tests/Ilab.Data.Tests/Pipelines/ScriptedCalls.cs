using System.Collections.Concurrent;
using System.Text;
using Ilab.Data.Pipelines;
using Ilab.Jinja;

namespace Ilab.Data.Tests.Pipelines;

/// <summary>A teacher that says what the test tells it, and remembers what it was asked.</summary>
internal sealed class ScriptedCalls(Func<TeacherCall, string?> script) : ITeacherCalls
{
    private readonly ConcurrentQueue<TeacherCall> _asked = new();

    public IReadOnlyList<TeacherCall> Asked => [.. _asked.OrderBy(static call => call.Key, StringComparer.Ordinal)];

    public Task<string?> AskAsync(TeacherCall call, BlockRun run, CancellationToken cancellationToken)
    {
        _asked.Enqueue(call);
        return Task.FromResult(script(call));
    }
}

/// <summary>Rows, blocks and files for tests.</summary>
internal static class Make
{
    public static Row Row(params (string Name, object? Value)[] columns) =>
        new(columns.Select(static column => KeyValuePair.Create(column.Name, column.Value)));

    public static Block Block(string type, string yaml, params (string Path, string Text)[] files) =>
        PipelineReader.Create(type, "b", new BlockConfig("b", BlockConfig.ReadMapping(yaml, "test"), Files(files)));

    public static RequestFiles Files(params (string Path, string Text)[] files) =>
        new(files.ToDictionary(static file => file.Path, static file => Encoding.UTF8.GetBytes(file.Text)));

    public static BlockRun Run(Func<TeacherCall, string?>? script = null, int scale = 1) =>
        new("t", new ScriptedCalls(script ?? (static _ => throw new InvalidOperationException("nobody is to be asked"))), scale);

    /// <summary>Rows as text: <c>a=1,b=2 a=3,b=4</c>.</summary>
    public static string Show(IEnumerable<Row> rows) =>
        string.Join(' ', rows.Select(static row => string.Join(',', row.Columns.Select(static column => $"{column.Key}={Values.Text(column.Value)}"))));
}
