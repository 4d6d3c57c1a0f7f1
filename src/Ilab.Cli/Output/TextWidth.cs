using System.Globalization;
using Ilab.Cli.Hosting;
using Ilab.Cli.Terminal.Native;

namespace Ilab.Cli.Output;

/// <summary>How wide running text may be: COLUMNS if it is set, else the width of the terminal.</summary>
internal static class TextWidth
{
    private const int Narrowest = 40,
        NarrowestPiped = 80,
        Widest = 120;
    private const int OutputDescriptor = 1;

    public static int Of(Session session)
    {
        var columns =
            int.TryParse(session.Environment("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var wanted) && wanted > 0 ? wanted
            : session.OutIsTerminal ? Tty.WindowSize(OutputDescriptor)?.Columns ?? NarrowestPiped
            : NarrowestPiped;
        return Math.Clamp(columns, session.OutIsTerminal ? Narrowest : NarrowestPiped, Widest);
    }
}
