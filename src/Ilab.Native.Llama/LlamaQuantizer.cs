using System.Runtime.InteropServices;
using System.Text;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>Parameters of a quantization.</summary>
/// <param name="Input">GGUF file; for a split model the first part, with the others next to it.</param>
/// <param name="Output">Output file; replaced if it exists.</param>
/// <param name="FileType">llama.cpp's number (llama_ftype).</param>
/// <param name="Threads">Number of threads.</param>
/// <param name="Importance">Importance of the columns per tensor, or null.</param>
public sealed record QuantizeJob(string Input, string Output, int FileType, int Threads, IReadOnlyDictionary<string, float[]>? Importance);

/// <summary>Quantizes model files with llama.cpp.</summary>
public static unsafe class LlamaQuantizer
{
    /// <summary>Maximum size in bytes of the rows in memory: a large matrix is quantized in portions.</summary>
    private const int MostMemory = 1 << 30;

    /// <exception cref="LlamaException">Quantization failed; see llama.cpp's log.</exception>
    public static void Run(QuantizeJob job)
    {
        var parameters = LlamaApi.llama_model_quantize_default_params();
        parameters.nthread = job.Threads;
        parameters.ftype = job.FileType;
        parameters.allow_requantize = 1;
        parameters.max_buf_size = MostMemory;
        var pins = new List<GCHandle>();
        try
        {
            var entries = EntriesOf(job.Importance, pins);
            fixed (ImportanceEntry* pointer = entries)
            {
                parameters.imatrix = entries.Length > 0 ? pointer : null;
                if (LlamaApi.llama_model_quantize(job.Input, job.Output, &parameters) != 0)
                {
                    throw new LlamaException("llama.cpp cannot quantize the model");
                }
            }
        }
        finally
        {
            pins.ForEach(static pin => pin.Free());
        }
    }

    private static ImportanceEntry[] EntriesOf(IReadOnlyDictionary<string, float[]>? importance, List<GCHandle> pins)
    {
        if (importance is null)
        {
            return [];
        }

        var entries = new ImportanceEntry[importance.Count + 1]; // the last entry stays empty and terminates the list
        foreach (var (index, (name, values)) in importance.Index())
        {
            entries[index] = new ImportanceEntry
            {
                name = (byte*)Pin(Encoding.UTF8.GetBytes(name + "\0")),
                data = (float*)Pin(values),
                size = (nuint)values.Length,
            };
        }

        return entries;

        nint Pin(Array array)
        {
            var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
            pins.Add(pin);
            return pin.AddrOfPinnedObject();
        }
    }
}
