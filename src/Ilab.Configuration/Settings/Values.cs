using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Ilab.Configuration.Settings;

/// <summary>Texts to values; a text that is none says what would be right.</summary>
public static class Values
{
    /// <summary>Of the HTTP APIs.</summary>
    public const int UsualHttpPort = 8000;

    /// <summary>Of gRPC over TCP.</summary>
    public const int UsualGrpcPort = 8001;

    /// <summary>Seconds; more than a program lives, and no date that is reckoned with it is out of range.</summary>
    private const int LongestDuration = int.MaxValue;

    private const string Credential = "credential:";

    /// <summary>A path; <c>credential:NAME</c> is a credential that the service manager passes (<c>LoadCredential=</c>).</summary>
    public static string File(string text) => File(text, Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY"));

    /// <param name="credentials">Folder of the credentials; null or empty = there are none.</param>
    public static string File(string text, string? credentials)
    {
        if (!text.StartsWith(Credential, StringComparison.Ordinal))
        {
            return Path.GetFullPath(text);
        }

        var name = text[Credential.Length..];
        return string.IsNullOrEmpty(credentials)
                ? throw new FormatException($"\"{text}\": the service manager passes no credentials; see LoadCredential= in systemd.exec(5)")
            : name.Length == 0 || name.Contains('/') ? throw new FormatException($"\"{name}\" is not the name of a credential")
            : Path.Combine(credentials, name);
    }

    public static TimeSpan Duration(string text)
    {
        if (text == "-1")
        {
            return Timeout.InfiniteTimeSpan;
        }

        var unit = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? text[^1] : 's';
        var number = text.TrimEnd('s', 'm', 'h', 'd');
        var seconds = unit switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => 0,
        };
        return seconds <= 0 || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
                ? throw new FormatException($"\"{text}\" is not a duration such as 30s, 5m or 2h")
            : amount * seconds < LongestDuration ? TimeSpan.FromSeconds(amount * seconds)
            : throw new FormatException($"\"{text}\" is too long: a duration has at most {LongestDuration / 86400} days");
    }

    public static long Bytes(string text)
    {
        var shift = char.ToUpperInvariant(text.Length > 0 ? text[^1] : '0') switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            'T' => 40,
            _ => 0,
        };
        var number = shift > 0 ? text[..^1] : text;
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            ? (long)(amount * (1L << shift))
            : throw new FormatException($"\"{text}\" is not a size such as 512M or 8G");
    }

    public static int Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"\"{text}\" is not an integer from {least} to {most}");

    public static string OneOf(string text, params string[] choices) =>
        choices.Contains(text) ? text : throw new FormatException($"\"{text}\" is not one of {string.Join(", ", choices)}");

    public static string Device(string text)
    {
        const string Cuda = "cuda";
        var isGpu =
            text.StartsWith(Cuda, StringComparison.Ordinal) && int.TryParse(text[Cuda.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return isGpu || text is "auto" or "cpu" ? text : throw new FormatException($"\"{text}\" is not a device: use auto, cpu, or cuda0, cuda1, ...");
    }

    /// <summary>Where something is served; null = <c>off</c>.</summary>
    /// <param name="usualPort">If there is none in the text.</param>
    public static IPEndPoint? Endpoint(string text, int usualPort)
    {
        switch (text)
        {
            case "off":
                return null;
            case "on":
                return new IPEndPoint(IPAddress.Loopback, usualPort);
        }

        var colon = text.LastIndexOf(':');
        var hasPort = colon >= 0 && !text.EndsWith(']') && text.IndexOf(':', StringComparison.Ordinal) is var first && (first == colon || text.StartsWith('['));
        var isPort = text.All(char.IsAsciiDigit);
        var host =
            isPort ? ""
            : hasPort ? text[..colon]
            : text;
        var port =
            isPort ? text
            : hasPort ? text[(colon + 1)..]
            : usualPort.ToString(CultureInfo.InvariantCulture);
        IPAddress? address;
        switch (host)
        {
            case "" or "localhost":
                address = IPAddress.Loopback;
                break;
            case "*":
                address = IPAddress.IPv6Any;
                break;
            default:
                IPAddress.TryParse(host.Trim('[', ']'), out address);
                break;
        }

        return address is not null && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new IPEndPoint(address, number)
            : throw new FormatException($"\"{text}\" is not on, off, a port, or an address such as 127.0.0.1:{usualPort}, [::1]:{usualPort} or *:{usualPort}");
    }

    public static Uri HttpAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new FormatException($"\"{text}\" is not an address such as http://localhost:4317");

    public static IReadOnlyList<string> List(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public static LogLevel Level(string text) =>
        OneOf(text.ToLowerInvariant(), "debug", "information", "info", "warning", "error") switch
        {
            "debug" => LogLevel.Debug,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Information,
        };
}
