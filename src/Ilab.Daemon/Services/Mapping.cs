using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Configuration.Settings;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Daemon.Services;

/// <summary>Maps engine records to messages shared by several services.</summary>
internal static class Mapping
{
    public static Model ToWire(this ModelRecord record, Func<Digest, bool>? isLoaded = null)
    {
        var model = new Model
        {
            Name = record.Name,
            Digest = record.Digest.ToString(),
            Size = (ulong)record.Size,
            Architecture = record.Architecture,
            Quantization = record.Quantization,
            Parameters = record.Parameters,
            ContextLength = (uint)record.ContextLength,
            Created = record.Created.ToTimestamp(),
            LastUsed = record.LastUsed?.ToTimestamp(),
            Source = record.Source,
            Uid = record.Uid,
            Loaded = isLoaded?.Invoke(record.Digest) ?? false,
        };
        model.Labels.Add(record.Labels.ToDictionary());
        return model;
    }

    public static TransferProgress ToWire(this Transfer transfer) =>
        new()
        {
            Item = transfer.Item ?? "",
            Phase = transfer.Phase ?? "",
            Done = (ulong)transfer.Done,
            Total = (ulong)transfer.Total,
            BytesPerSecond = transfer.BytesPerSecond,
            Unit = transfer.Unit ?? "",
            Detail = transfer.Detail ?? "",
        };
}

/// <summary>Filters of the form <c>key=value</c>: values of the same key are alternatives, different keys must all match.</summary>
internal sealed class Filters
{
    private readonly Dictionary<string, List<string>> _values = [];

    /// <exception cref="EngineException">INVALID_ARGUMENT, naming the valid keys.</exception>
    public Filters(IEnumerable<string> filters, params string[] keys)
    {
        foreach (var filter in filters)
        {
            var equals = filter.IndexOf('=', StringComparison.Ordinal);
            var key = equals > 0 ? filter[..equals] : filter;
            if (equals <= 0 || !keys.Contains(key))
            {
                throw new EngineException(
                    Engine.Errors.ErrorKind.InvalidArgument,
                    $"\"{filter}\" is not a valid filter",
                    $"use KEY=VALUE with {string.Join(", ", keys)}"
                );
            }

            (_values.TryGetValue(key, out var values) ? values : _values[key] = []).Add(filter[(equals + 1)..]);
        }
    }

    /// <summary>Whether one of the key's values matches, or the key was not given.</summary>
    public bool Allows(string key, Func<string, bool> fits) => !_values.TryGetValue(key, out var values) || values.Any(fits);

    /// <summary>The earliest of the times given for a key; null if it was not given.</summary>
    public DateTimeOffset? Earliest(string key, DateTimeOffset now) => _values.TryGetValue(key, out var values) ? values.Min(value => Time(value, now)) : null;

    /// <summary>Parses a time: RFC 3339, seconds since 1970, or a duration before now such as 10m.</summary>
    public static DateTimeOffset Time(string text, DateTimeOffset now)
    {
        if (long.TryParse(text, out var seconds))
        {
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        if (DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        try
        {
            return now - Values.Duration(text);
        }
        catch (FormatException)
        {
            throw new EngineException(
                Engine.Errors.ErrorKind.InvalidArgument,
                $"\"{text}\" is not a valid time",
                "use 2026-01-31T12:00:00Z, seconds since 1970, or a duration such as 10m"
            );
        }
    }
}
