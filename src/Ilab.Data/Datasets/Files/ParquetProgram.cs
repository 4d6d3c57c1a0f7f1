using System.Globalization;
using Ilab.Data.Isolation;
using Parquet;
using Parquet.Serialization;

namespace Ilab.Data.Datasets.Files;

/// <summary><c>ilabd read-parquet SECONDS BYTES</c>: converts a Parquet file on standard input to JSONL on standard output, one row group at a time.</summary>
public static class ParquetProgram
{
    public const string Verb = "read-parquet";

    private const int FlushAt = 1 << 20;

    /// <param name="arguments">The arguments after the verb.</param>
    /// <returns>The exit code. Errors are reported in one line on standard error.</returns>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, Stream input, Stream output, TextWriter error) =>
        ReaderProgram.RunAsync(arguments[0], () => ReadAsync(input, output, long.Parse(arguments[1], CultureInfo.InvariantCulture)), error);

    private static async Task ReadAsync(Stream input, Stream output, long most)
    {
        // The metadata is at the end of the file, so the file must be seekable.
        var file = OpenTemporary();
        await using var open = file.ConfigureAwait(false);
        await input.CopyToAsync(file).ConfigureAwait(false);
        var options = new ParquetOptions { TreatByteArrayAsString = true };
        var groups = await CountGroupsAsync(file, options).ConfigureAwait(false);
        using var rows = new RowWriter(most);
        for (var group = 0; group < groups; group++)
        {
            file.Position = 0;
            var table = await ParquetSerializer.DeserializeUntypedAsync(file, options, group, CancellationToken.None).ConfigureAwait(false);
            foreach (var row in table.Data)
            {
                rows.Add(row);
                if (rows.Length >= FlushAt)
                {
                    await rows.FlushAsync(output).ConfigureAwait(false);
                }
            }
        }

        await rows.FlushAsync(output).ConfigureAwait(false);
    }

    private static async Task<int> CountGroupsAsync(Stream file, ParquetOptions options)
    {
        file.Position = 0;
        var reader = await ParquetReader.CreateAsync(file, options, leaveStreamOpen: true).ConfigureAwait(false);
        await using var open = reader.ConfigureAwait(false);
        return reader.RowGroupCount;
    }

    /// <summary>Readable only by its owner and unlinked once open: it disappears with the process.</summary>
    private static FileStream OpenTemporary()
    {
        var path = Path.Combine(Path.GetTempPath(), $"ilab-{Guid.NewGuid():N}.parquet");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        var file = new FileStream(path, options);
        File.Delete(path);
        return file;
    }
}
