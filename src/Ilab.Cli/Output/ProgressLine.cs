using System.Globalization;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Output;

/// <summary>Progress of a transfer on stderr: a bar that redraws itself on a terminal, nothing but the end elsewhere.</summary>
internal sealed class ProgressLine(Session session, bool quiet)
{
    private const int BarWidth = 24;

    private readonly bool _draws = session.ErrorIsTerminal && !quiet;
    private int _drawn;

    public async Task ShowAsync(TransferProgress progress)
    {
        if (!_draws)
        {
            return;
        }

        var text = Describe(progress);
        await session.Error.WriteAsync($"\r{text}{new string(' ', Math.Max(0, _drawn - text.Length))}");
        _drawn = text.Length;
    }

    /// <summary>Clears the bar away.</summary>
    public async Task EndAsync()
    {
        if (_drawn > 0)
        {
            await session.Error.WriteAsync($"\r{new string(' ', _drawn)}\r");
            _drawn = 0;
        }
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
            return string.Create(CultureInfo.InvariantCulture, $"{progress.Phase} [{new string('#', filled)}{new string('.', BarWidth - filled)}] {progress.Done} of {progress.Total} {progress.Unit}");
        }

        var rate = progress.BytesPerSecond > 0 ? $", {Human.Size((ulong)progress.BytesPerSecond)}/s" : "";
        var left = progress.BytesPerSecond > 0 && progress.Done < progress.Total ? $", {Human.Span(TimeSpan.FromSeconds((progress.Total - progress.Done) / progress.BytesPerSecond))} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{progress.Phase} {progress.Item} [{new string('#', filled)}{new string('.', BarWidth - filled)}] {fraction * 100:0} % of {Human.Size(progress.Total)}{rate}{left}");
    }
}
