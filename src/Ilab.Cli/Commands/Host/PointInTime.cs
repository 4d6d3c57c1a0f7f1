using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Host;

/// <summary>A time as in <c>--since</c>: so long ago, or a date.</summary>
internal static class PointInTime
{
    /// <returns>Null if there is none.</returns>
    /// <exception cref="IlabException">INVALID_ARGUMENT.</exception>
    public static Timestamp? Parse(string? text, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time))
        {
            return time.ToTimestamp();
        }

        var seconds = text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => 0,
        };
        return
            seconds > 0
            && double.TryParse(
                text.AsSpan(0, text.Length - 1),
                System.Globalization.NumberStyles.AllowDecimalPoint,
                System.Globalization.CultureInfo.InvariantCulture,
                out var amount
            )
            ? (now - TimeSpan.FromSeconds(amount * seconds)).ToTimestamp()
            : throw new IlabException(ErrorKind.InvalidArgument, $"invalid time \"{text}\"", "use 10m, 2h or 2026-01-31T12:00:00Z");
    }
}
