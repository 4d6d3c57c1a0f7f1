namespace Ilab.Testing;

/// <summary>
/// Lets one test assembly at a time run native compute: the barrier of ggml's threads spins, and two of them on the same cores are many times slower than one
/// after the other. Taken by a class fixture, released when it is disposed.
/// </summary>
public sealed class GgmlLock : IDisposable
{
    private readonly FileStream _file;

    public GgmlLock()
    {
        var path = Path.Combine(Path.GetTempPath(), $"ilab-tests-{Environment.UserName}.lock");
        while (true)
        {
            try
            {
                _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return;
            }
            catch (IOException)
            {
                Task.Delay(TimeSpan.FromMilliseconds(100)).GetAwaiter().GetResult();
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
