using System.Diagnostics;
using System.Text;

namespace Ilab.Integration.Tests;

/// <summary>A client that prints tokens as they come.</summary>
internal sealed class StreamingClient
{
    private readonly Process _process;
    private readonly StringBuilder _text = new();
    private readonly Task _reading;

    public StreamingClient(Process process)
    {
        _process = process;
        process.StandardInput.Close();
        _reading = ReadAsync();
    }

    /// <summary>Characters so far.</summary>
    public int Length
    {
        get
        {
            lock (_text)
            {
                return _text.Length;
            }
        }
    }

    public async Task<string> EndAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        Assert.True(_process.ExitCode == 0, await _process.StandardError.ReadToEndAsync(cancellationToken));
        _process.Dispose();
        return _text.ToString();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[1024];
        while (await _process.StandardOutput.ReadAsync(buffer) is > 0 and var count)
        {
            lock (_text)
            {
                _text.Append(buffer, 0, count);
            }
        }
    }
}
