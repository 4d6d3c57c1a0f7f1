using System.Globalization;
using System.Text;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Gguf.Conversion.Llama2c;
using Ilab.Gguf.Description;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Runner.Conversion;

/// <summary>The task <c>convert</c>: another format into a GGUF, or a GGUF into a folder. Managed code that reads and writes a piece at a time.</summary>
internal static class FormatConversion
{
    private const int BufferSize = 1 << 20;
    private const long NoteInterval = 256 << 20;
    private const string KeptSuffix = ".kept";

    /// <summary>Returns when the output is on disk.</summary>
    /// <param name="progress">Told the bytes written and how many there will be.</param>
    /// <returns>What was written; null = a folder.</returns>
    /// <exception cref="ConversionException">It cannot be converted.</exception>
    public static WrittenFile? Run(TaskSpec spec, Action<long, long> progress)
    {
        var conversion = spec.Conversion ?? throw new RunnerTaskException(RunnerErrors.Internal, "the spec does not say what to convert");
        if (conversion.IsExport)
        {
            WriteFolder(spec, conversion, progress);
            return null;
        }

        return WriteGguf(spec.Output, conversion, progress);
    }

    // An attempt that was interrupted left a part of the file, and a note of how much of it is safely on disk: the next one goes on there.
    private static WrittenFile WriteGguf(string path, ConversionSpec conversion, Action<long, long> progress)
    {
        using var gguf = Prepare(conversion);
        var note = path + KeptSuffix;
        WrittenFile written;
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferSize))
        {
            var kept = File.Exists(note) && long.TryParse(File.ReadAllText(note), CultureInfo.InvariantCulture, out var length) ? length : 0;
            var noted = kept;
            var digest = gguf.Continue(file, kept, Tell, CancellationToken.None);
            file.Flush(flushToDisk: true);
            written = new WrittenFile(Convert.ToHexStringLower(digest), file.Length);

            void Tell(long done)
            {
                if (done - noted >= NoteInterval)
                {
                    file.Flush(flushToDisk: true);
                    AtomicFile.Write(note, Encoding.ASCII.GetBytes(done.ToString(CultureInfo.InvariantCulture)));
                    noted = done;
                }

                progress(Math.Min(done, gguf.Bytes), gguf.Bytes);
            }
        }

        File.Delete(note);
        FileSystem.SyncDirectory(Path.GetDirectoryName(path)!);
        return written;
    }

    private static void WriteFolder(TaskSpec spec, ConversionSpec conversion, Action<long, long> progress)
    {
        using var export =
            conversion.Format == ConversionSpec.Peft
                ? PeftExporter.Prepare(spec.Files[0], ModelOf(conversion))
                : HuggingFaceExporter.Prepare(spec.Files[0], conversion.Type);
        export.Write(spec.OutputFolder, done => progress(Math.Min(done, export.Bytes), export.Bytes), CancellationToken.None);
        foreach (var file in export.Files)
        {
            FileSystem.SyncFile(Path.Combine(spec.OutputFolder, file));
        }

        FileSystem.SyncDirectory(spec.OutputFolder);
    }

    private static GgufConversion Prepare(ConversionSpec conversion)
    {
        var type = conversion.Type is { } name && FileTypes.TryParse(name, out var known) ? known : null;
        var folder = new SourceFolder(conversion.Name, conversion.Sources);
        try
        {
            return conversion.Format switch
            {
                ConversionSpec.Peft => PeftConverter.Prepare(folder, ModelOf(conversion), type),
                ConversionSpec.Llama2c => Llama2cConverter.Prepare(folder, conversion.Sources.Keys.Single(), File.ReadAllBytes(conversion.Tokenizer), type),
                _ => HuggingFaceConverter.Prepare(folder, type, FileTypes.IsAuto(conversion.Type)),
            };
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static FamilyModel ModelOf(ConversionSpec conversion) => BackConfig.Read(conversion.Base);
}
