using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Data;

/// <summary>Reads JSON Lines. All invalid lines are reported with their numbers at once; none is silently skipped.</summary>
internal sealed class DataReader(RecordTokenizer tokenizer)
{
    private const int ShownProblems = 20;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <param name="path">The file.</param>
    /// <param name="name">Display name; empty = the file name.</param>
    /// <param name="longest">Maximum sequence length in tokens.</param>
    /// <exception cref="RunnerException">INVALID_ARGUMENT, listing the invalid lines.</exception>
    public TrainingData Read(string path, string name, int longest)
    {
        name = name.Length > 0 ? name : Path.GetFileName(path);
        var problems = new List<string>();
        var samples = new List<Sample>();
        var cut = new List<int>();
        var (number, first, firstLine) = (0, "", 0);
        foreach (var bytes in Lines(path))
        {
            number++;
            try
            {
                var line = Strict.GetString(bytes);
                if (string.IsNullOrWhiteSpace(line))
                {
                    continue;
                }

                using var json = JsonDocument.Parse(line);
                var record = TrainingRecord.Parse(json.RootElement);
                (first, firstLine) = first.Length == 0 ? (record.Shape, number) : (first, firstLine);
                if (record.Shape != first)
                {
                    throw new FormatException($"the record has {record.Shape}, but line {firstLine} has {first}: do not mix formats in a file");
                }

                Add(samples, cut, tokenizer.Tokenize(record, number), longest, record.IsText);
            }
            catch (DecoderFallbackException)
            {
                problems.Add($"line {number}: not valid UTF-8");
            }
            catch (JsonException exception)
            {
                problems.Add($"line {number}: not valid JSON at byte {exception.BytePositionInLine + 1}");
            }
            catch (Exception exception) when (exception is FormatException or LlamaException)
            {
                problems.Add($"line {number}: {exception.Message}");
            }
        }

        if (problems.Count > 0)
        {
            var more = problems.Count > ShownProblems ? $"; and {problems.Count - ShownProblems} more lines" : "";
            throw new RunnerException(RunnerErrors.InvalidArgument, $"{name}: {string.Join("; ", problems.Take(ShownProblems))}{more}");
        }

        if (samples.Count == 0)
        {
            throw new RunnerException(RunnerErrors.InvalidArgument, $"{name} contains no records: expected one JSON object per line");
        }

        return new TrainingData(
            samples,
            new DataReport(
                first,
                samples.Count,
                samples.Sum(static sample => (long)sample.Tokens.Length),
                samples.Sum(static sample => (long)sample.LearnedCount),
                samples.Min(static sample => sample.Tokens.Length),
                samples.Max(static sample => sample.Tokens.Length),
                cut,
                DigestOf(path),
                tokenizer.AddedTemplate,
                tokenizer.Warnings
            )
        );
    }

    public static string DigestOf(string path)
    {
        using var file = File.OpenRead(path);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Plain text is split into chunks; other records are truncated, which is reported.</summary>
    private static void Add(List<Sample> samples, List<int> cut, Sample sample, int longest, bool isText)
    {
        if (sample.Tokens.Length <= longest)
        {
            Keep(sample);
            return;
        }

        if (!isText)
        {
            cut.Add(sample.Line);
            Keep(new Sample(sample.Line, sample.Tokens[..longest], sample.Learned[..longest]));
            return;
        }

        for (var start = 0; start < sample.Tokens.Length - 1; start += longest)
        {
            var range = start..Math.Min(start + longest, sample.Tokens.Length);
            Keep(new Sample(sample.Line, sample.Tokens[range], sample.Learned[range]));
        }

        void Keep(Sample piece)
        {
            if (piece.Tokens.Length < 2 || piece.LearnedCount == 0)
            {
                throw new FormatException(
                    piece.Tokens.Length < longest
                        ? "it contains no tokens to train on"
                        : $"the part to train on begins after token {longest}, where the sequence is truncated"
                );
            }

            samples.Add(piece);
        }
    }

    private static IEnumerable<byte[]> Lines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var line = new MemoryStream();
        for (int value; (value = file.ReadByte()) >= 0; )
        {
            if (value != '\n')
            {
                line.WriteByte((byte)value);
                continue;
            }

            yield return line.ToArray();
            line.SetLength(0);
        }

        if (line.Length > 0)
        {
            yield return line.ToArray();
        }
    }
}
