using System.Text;

namespace Ilab.Cli.Tests.Fixtures;

/// <summary>Output that a test can wait for.</summary>
public sealed class WatchedWriter : TextWriter
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _watches = [];

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        lock (_gate)
        {
            _text.Append(value);
            foreach ((string text, TaskCompletionSource seen) in _watches)
            {
                if (_text.ToString().Contains(text, StringComparison.Ordinal))
                    seen.TrySetResult();
            }
        }
    }

    public override string ToString()
    {
        lock (_gate)
            return _text.ToString();
    }

    /// <summary>Returns when the text has been written; fails after 20 s.</summary>
    public Task WaitForAsync(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
            _watches.Add((text, seen));
        Write("");
        return seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }
}
