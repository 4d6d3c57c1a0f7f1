using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Serving.Devices;

/// <summary>
/// Requirements and contents of a <c>libggml-cuda.so</c>, read from the file without loading it. GPU code is stored in CUDA's fat binary containers: a 16-byte
/// header (magic, version, header size, payload size), followed by entries with a 64-byte header (kind: 1 = PTX, 2 = machine code; sizes; architecture) and the
/// code.
/// </summary>
/// <param name="CudaMajor">Major version of the CUDA runtime it is linked with; 0 = unknown.</param>
/// <param name="Codes">The GPU code it contains; empty if none was found.</param>
public sealed record CudaLibrary(int CudaMajor, IReadOnlyList<CudaCode> Codes)
{
    private const uint Magic = 0xBA55ED50;
    private const int ContainerHeader = 16,
        EntryHeader = 64,
        MachineCode = 2,
        Window = 1 << 20;
    private static readonly byte[] MagicBytes = [0x50, 0xED, 0x55, 0xBA];
    private static readonly byte[] Runtime = Encoding.ASCII.GetBytes("libcudart.so.");

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">No permission to read the file.</exception>
    public static CudaLibrary Read(string path)
    {
        using var file = File.OpenHandle(path);
        var codes = new SortedSet<CudaCode>();
        var major = 0;
        var buffer = new byte[Window];
        for (long at = 0, length = RandomAccess.GetLength(file); at < length; )
        {
            var window = buffer.AsSpan(0, RandomAccess.Read(file, buffer, at));
            if (window.IsEmpty)
            {
                break;
            }

            major = major > 0 ? major : RuntimeMajor(window);
            if (window.IndexOf(MagicBytes) is var found and >= 0)
            {
                at = ReadContainer(file, at + found, codes);
            }
            else
            {
                // A magic number across the boundary is found in the next window.
                at += window.Length > Runtime.Length + 4 ? window.Length - Runtime.Length - 4 : window.Length;
            }
        }

        return new CudaLibrary(major, [.. codes]);
    }

    /// <summary>Whether there is code for a compute capability; true if nothing is known about the code.</summary>
    public bool RunsOn(Version capability) => Codes.Count == 0 || Codes.Any(code => code.RunsOn(capability));

    /// <summary>Whether there is machine code for the GPU; otherwise the driver compiles PTX on first use.</summary>
    public bool IsCompiledFor(Version capability) => Codes.Any(code => !code.IsPtx && code.RunsOn(capability));

    private static int RuntimeMajor(ReadOnlySpan<byte> window)
    {
        var at = window.IndexOf(Runtime);
        if (at < 0)
        {
            return 0;
        }

        var rest = window[(at + Runtime.Length)..];
        var digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return digits > 0 && int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0;
    }

    // Returns where to continue: after the container, or after a magic number that is not one.
    private static long ReadContainer(SafeFileHandle file, long start, SortedSet<CudaCode> codes)
    {
        Span<byte> header = stackalloc byte[EntryHeader];
        if (RandomAccess.Read(file, header[..ContainerHeader], start) < ContainerHeader || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic)
        {
            return start + sizeof(uint);
        }

        var (version, headerSize) = (BinaryPrimitives.ReadUInt16LittleEndian(header[4..]), BinaryPrimitives.ReadUInt16LittleEndian(header[6..]));
        var size = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        if (version != 1 || headerSize != ContainerHeader || size <= 0 || size > RandomAccess.GetLength(file) - start - headerSize)
        {
            return start + sizeof(uint);
        }

        var (at, end) = (start + headerSize, start + headerSize + size);
        while (at + EntryHeader <= end && RandomAccess.Read(file, header, at) == EntryHeader)
        {
            var (entrySize, codeSize) = (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), BinaryPrimitives.ReadInt64LittleEndian(header[8..]));
            if (entrySize < EntryHeader || codeSize < 0 || codeSize > end - at)
            {
                break;
            }

            var architecture = BinaryPrimitives.ReadInt32LittleEndian(header[28..]);
            codes.Add(new CudaCode(BinaryPrimitives.ReadUInt16LittleEndian(header) != MachineCode, architecture / 10, architecture % 10));
            at += entrySize + codeSize;
        }

        return end;
    }
}

/// <summary>One variant of GPU code, for example machine code for 8.6 or PTX for 9.0.</summary>
public readonly record struct CudaCode(bool IsPtx, int Major, int Minor) : IComparable<CudaCode>
{
    // ggml builds machine code for these architectures only for the exact version (`120a`, `121a`).
    private const int FirstSpecificMajor = 12;

    /// <summary>Machine code runs on later GPUs of its generation, PTX on all later ones.</summary>
    public bool RunsOn(Version capability) =>
        IsPtx
            ? capability >= new Version(Major, Minor)
            : capability.Major == Major && (Major >= FirstSpecificMajor ? capability.Minor == Minor : capability.Minor >= Minor);

    public int CompareTo(CudaCode other) => (Major, Minor, IsPtx).CompareTo((other.Major, other.Minor, other.IsPtx));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}{(IsPtx ? " (PTX)" : "")}");
}
