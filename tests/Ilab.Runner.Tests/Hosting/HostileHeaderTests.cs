using System.Buffers.Binary;
using Ilab.Gguf;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Hosting;

/// <summary>Headers that were tampered with: a runner refuses them with words or loads them, and never dies of them.</summary>
[Collection(NativeCompute.Name)]
public sealed class HostileHeaderTests : IDisposable
{
    private const int Count = 200;

    private static readonly ulong[] Extremes = [0, 1, 7, 31, 255, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, ulong.MaxValue];
    private readonly RunnerProcess _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task NoHeaderKillsARunner()
    {
        RandomLlama.Write(_runner.Model, LlamaShape.Smallest, "tiny");
        var whole = await File.ReadAllBytesAsync(_runner.Model);
        var header = (int)GgufFile.Read(_runner.Model).DataOffset;
        _runner.WriteSpec(TestPaths.NativeLibraries);
        var (died, passed) = (new List<string>(), 0);
        for (var seed = FirstSeed; seed < FirstSeed + Count; seed++)
        {
            var bytes = Mutate(whole, header, new Random(seed));
            await File.WriteAllBytesAsync(_runner.Model, bytes);
            if (IsRefused(_runner.Model))
            {
                continue;
            }

            // What managed code lets through is what native code gets to see.
            passed++;
            _runner.Clear();
            using var process = _runner.Start();
            await _runner.SaysAsync(process, "runner.log", "ready: ");
            if (!process.HasExited)
            {
                await RunnerProcess.TerminateAsync(process);
            }

            if (!File.Exists(_runner.FileOf("exit.json")))
            {
                died.Add($"seed {seed}: exit code {process.ExitCode}: {string.Join(" | ", File.ReadLines(_runner.FileOf("runner.log")).TakeLast(30))}");
            }
        }

        Assert.Empty(died);
        Assert.InRange(passed, 20, Count);
    }

    /// <summary>Another one tries others.</summary>
    private static int FirstSeed => int.Parse(Environment.GetEnvironmentVariable("ILAB_TEST_SEED") ?? "1", System.Globalization.CultureInfo.InvariantCulture);

    private static bool IsRefused(string path)
    {
        try
        {
            return GgufFile.Read(path).GetString("general.architecture") is null or "";
        }
        catch (GgufException exception)
        {
            Assert.NotEmpty(exception.Message);
            return true;
        }
    }

    /// <summary>One to three changes; most of them where the vocabulary is not.</summary>
    private static byte[] Mutate(byte[] whole, int header, Random random)
    {
        var bytes = whole.ToArray();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(4) switch
            {
                0 => random.Next(header),
                1 => random.Next(header - 900, header),
                _ => random.Next(24, 800),
            };
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)Extremes[random.Next(Extremes.Length)]);
                    break;
                default:
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), Extremes[random.Next(Extremes.Length)]);
                    break;
            }
        }

        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}
