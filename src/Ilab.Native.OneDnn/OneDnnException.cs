namespace Ilab.Native.OneDnn;

/// <summary>oneDNN cannot do what it was asked for. Never leaves this assembly: the plain CPU path does the work then.</summary>
internal sealed class OneDnnException(string message) : Exception(message);

internal static class Check
{
    private static readonly string[] Words =
    [
        "success",
        "out of memory",
        "invalid arguments",
        "unimplemented",
        "last implementation reached",
        "runtime error",
        "not required",
    ];

    /// <exception cref="OneDnnException">The status is not success.</exception>
    public static void Ok(int status, string what)
    {
        if (status != 0)
        {
            throw new OneDnnException($"oneDNN: {what}: {(status > 0 && status < Words.Length ? Words[status] : $"status {status}")}");
        }
    }
}
