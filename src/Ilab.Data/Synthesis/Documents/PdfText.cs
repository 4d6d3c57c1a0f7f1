using System.ComponentModel;
using System.Diagnostics;
using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>Text of a PDF, by poppler's pdftotext in a process of its own with limits.</summary>
internal static class PdfText
{
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(2);

    /// <exception cref="EngineException">UNSUPPORTED: there is no pdftotext; INVALID_ARGUMENT: it cannot read the file, or there is no text in it.</exception>
    public static async Task<string> ReadAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Path.GetTempPath(), $"ilab-{Guid.NewGuid():N}.pdf");
        try
        {
            await File.WriteAllBytesAsync(file, bytes, cancellationToken).ConfigureAwait(false);
            var text = await RunAsync(path, file, cancellationToken).ConfigureAwait(false);
            return string.IsNullOrWhiteSpace(text)
                ? throw new EngineException(ErrorKind.InvalidArgument, $"{path} holds no text", "pages that are pictures have to be read by a text recognition first")
                : text;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<string> RunAsync(string path, string file, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Most);
        using var process = new Process { StartInfo = new ProcessStartInfo("pdftotext", ["-enc", "UTF-8", "-nopgbrk", file, "-"]) { RedirectStandardOutput = true, RedirectStandardError = true } };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            throw new EngineException(ErrorKind.Unsupported, $"{path}: PDF needs the program pdftotext, which is not there", "install poppler-utils where ilabd runs, or convert the document to Markdown", exception);
        }

        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            var text = await output.ConfigureAwait(false);
            return process.ExitCode == 0 ? text : throw new EngineException(ErrorKind.InvalidArgument, $"{path}: pdftotext cannot read it: {(await error.ConfigureAwait(false)).Trim().Split('\n')[0]}", "the file may be damaged or protected");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path}: pdftotext did not end within {Most.TotalMinutes:0} minutes", "convert the document to Markdown");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
