using System.Globalization;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Terminal;
using Ilab.Cli.Terminal.Native;

namespace Ilab.Cli.Output;

/// <summary>Progress on standard error: a bar that is redrawn on a terminal, nothing elsewhere.</summary>
internal sealed class ProgressLine(Session session, bool quiet)
{
    private const int BarWidth = 24;
    private const int DefaultWidth = 80;
    private const int ErrorDescriptor = 2;

    private readonly bool _draws = session.ErrorIsTerminal && !quiet;
    private int _drawn;

    public async Task ShowAsync(TransferProgress progress)
    {
        if (!_draws)
        {
            return;
        }

        var text = Cut(Describe(progress), (Tty.WindowSize(ErrorDescriptor)?.Columns ?? DefaultWidth) - 1);
        await session.Error.WriteAsync($"\r{text}{new string(' ', Math.Max(0, _drawn - text.Length))}");
        _drawn = text.Length;
    }

    /// <summary>Erases the bar.</summary>
    public async Task EndAsync()
    {
        if (_drawn > 0)
        {
            await session.Error.WriteAsync($"\r{new string(' ', _drawn)}\r");
            _drawn = 0;
        }
    }

    /// <summary>The progress as text, for logs.</summary>
    internal static string Plain(TransferProgress progress) =>
        progress.Unit.Length > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{progress.Phase} {progress.Done}{(
                progress.Total > 0 ? $" of {progress.Total}" : "")} {progress.Unit}{(progress.Detail.Length > 0 ? ", " : "")}{progress.Detail}"
            )
            : $"{progress.Phase} {progress.Item} {Human.Size(progress.Done)}{(progress.Total > 0 ? $" of {Human.Size(progress.Total)}" : "")}";

    /// <summary>Fits a line to the terminal: a wider one could not be redrawn in place. Control characters are replaced.</summary>
    internal static string Cut(string text, int width)
    {
        text = string.Concat(text.Select(static c => char.IsControl(c) ? '?' : c));
        if (CharWidth.OfText(text) <= width)
        {
            return text;
        }

        var (end, used) = (0, 0);
        for (int length; end < text.Length; end += length)
        {
            length = StringInfo.GetNextTextElementLength(text, end);
            used += CharWidth.OfElement(text.AsSpan(end, length));
            if (used > width - 1)
            {
                break;
            }
        }

        return $"{text[..end]}…";
    }

    internal static string Describe(TransferProgress progress)
    {
        if (progress.Total == 0)
        {
            return $"{progress.Phase} {progress.Item} {(progress.Done > 0 ? Human.Size(progress.Done) : "")}".TrimEnd();
        }

        var fraction = Math.Min(1, (double)progress.Done / progress.Total);
        var filled = (int)(fraction * BarWidth);
        if (progress.Unit.Length > 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{progress.Phase} [{new string('#', filled)}{new string('.', BarWidth - filled)}] {progress.Done} of {progress.Total} {progress.Unit}{(
                    progress.Detail.Length > 0 ? ", " : "")}{progress.Detail}"
            );
        }

        var rate = progress.BytesPerSecond > 0 ? $", {Human.Size((ulong)progress.BytesPerSecond)}/s" : "";
        var left =
            progress.BytesPerSecond > 0 && progress.Done < progress.Total
                ? $", {Human.Span(TimeSpan.FromSeconds((progress.Total - progress.Done) / progress.BytesPerSecond))} left"
                : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Phase} {progress.Item} [{new string('#', filled)}{new string(
                '.', BarWidth - filled)}] {fraction * 100:0} % of {Human.Size(progress.Total)}{rate}{left}"
        );
    }
}
