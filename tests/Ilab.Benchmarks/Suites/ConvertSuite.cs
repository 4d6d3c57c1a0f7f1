using System.Diagnostics;
using Ilab.Benchmarks.Measure;
using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Safetensors;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>Conversion of a large folder of BF16 weights, beside <c>cat FILE | tee COPY | sha256sum</c> of the same weights in the same run.</summary>
/// <param name="mebibytes">Size of the weights.</param>
internal sealed class ConvertSuite(int mebibytes) : ISuite
{
    private const int Runs = 3,
        Width = 2048;
    private const double Most = 1.3;

    public string Name => "convert";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("ilab-bench-").FullName;
        try
        {
            var source = Path.Combine(folder, "source");
            WriteFolder(source);
            var weights = Path.Combine(source, "model.safetensors");
            var copy = Path.Combine(folder, "copy");
            await ShellAsync(weights, copy, cancellationToken);
            foreach (var type in new[] { GgmlType.BF16, GgmlType.Q8_0 })
            {
                Sample convert = new(),
                    plain = new();
                for (var run = 0; run < Runs; run++)
                {
                    plain.Add(await ShellAsync(weights, copy, cancellationToken));
                    File.Delete(copy);
                    convert.Add(Convert(source, copy, type));
                    File.Delete(copy);
                }

                var ratio = Sample.MedianRatio(convert, plain);
                report.Add($"{mebibytes} MiB of BF16 to {type}", convert, "s");
                report.Add("`cat FILE | tee COPY | sha256sum`", plain, "s");
                report.Add($"conversion to {type} / copy with digest", ratio, "x", $"<= {Most} x", ratio <= Most);
            }

            var peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
            report.Add("peak memory of the process that converts", peak, "MB", "<= 1074 MB and the largest tensor", peak <= 1074 + (Width * 64000L * 4 / 1e6));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Convert(string source, string output, GgmlType type)
    {
        var begun = Stopwatch.GetTimestamp();
        using (var conversion = HuggingFaceConverter.Prepare(new SourceFolder(source, static path => File.OpenHandle(path)), type))
        using (var file = new FileStream(output, FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            conversion.Write(file, static _ => { }, CancellationToken.None);
        }

        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task<double> ShellAsync(string file, string copy, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"cat {file} | tee {copy} | sha256sum"]) { RedirectStandardOutput = true })!;
        await shell.StandardOutput.ReadToEndAsync(cancellationToken);
        await shell.WaitForExitAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    // A model of few and large layers: what is measured is the bytes.
    private void WriteFolder(string folder)
    {
        const int FeedForward = 8192,
            Vocabulary = 64000;
        const long LayerValues = (4L * Width * Width) + (3L * Width * FeedForward) + (2 * Width);
        var layers = (int)Math.Max(1, (((long)mebibytes << 19) - (2L * Width * Vocabulary)) / LayerValues);
        new TinyModel(
            new TinyModelShape
            {
                Embedding = 64,
                Layers = 1,
                Vocabulary = 320,
            }
        ).Write(folder);
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            $$"""
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": {{Width}}, "intermediate_size": {{FeedForward}},
             "num_hidden_layers": {{layers}}, "num_attention_heads": 16, "num_key_value_heads": 16, "vocab_size": {{Vocabulary}},
             "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false}
            """
        );
        using var source = new SourceFolder(folder, static path => File.OpenHandle(path));
        var writer = new SafetensorsWriter();
        var noise = Noise();
        foreach (var entry in HuggingFaceConfig.Read(source).Tensors().Where(static entry => !entry.Rule.IsOptional))
        {
            var bytes = entry.Shape.Aggregate(2L, static (product, length) => product * length);
            writer.Add(entry.Sources[0], SafetensorsType.BF16, entry.Shape, stream => Fill(stream, noise, bytes));
        }

        writer.Write(Path.Combine(folder, "model.safetensors"));
    }

    private static byte[] Noise()
    {
        var (random, bytes) = (new Random(1), new byte[8 << 20]);
        for (var index = 0; index < bytes.Length; index += 2)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(index), (ushort)(BitConverter.SingleToUInt32Bits((random.NextSingle() - 0.5f) / 16) >> 16));
        }

        return bytes;
    }

    private static void Fill(Stream stream, byte[] noise, long bytes)
    {
        for (; bytes > 0; bytes -= noise.Length)
        {
            stream.Write(noise, 0, (int)Math.Min(noise.Length, bytes));
        }
    }
}
