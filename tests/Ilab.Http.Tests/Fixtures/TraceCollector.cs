using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;

namespace Ilab.Http.Tests.Fixtures;

/// <summary>A span as it was sent.</summary>
internal sealed record Span(string Trace, string Id, string Parent, string Name, int Kind, IReadOnlyDictionary<string, object> Attributes);

/// <summary>An OpenTelemetry collector that takes traces over HTTP (protobuf), and keeps what it got.</summary>
internal sealed class TraceCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<Span> _spans = [];
    private readonly StringBuilder _raw = new();

    public TraceCollector()
    {
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Address = $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}";
        }

        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Address { get; }

    /// <summary>Everything that came, as text: to search it for what must not be there.</summary>
    public string Raw
    {
        get
        {
            lock (_spans)
            {
                return _raw.ToString();
            }
        }
    }

    /// <summary>Waits for a span.</summary>
    public async Task<Span> SpanAsync(Predicate<Span> match)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            lock (_spans)
            {
                if (_spans.Find(match) is { } found)
                {
                    return found;
                }
            }

            await Task.Delay(50, deadline.Token);
        }
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            if (context.Request.Url!.AbsolutePath == "/v1/traces")
            {
                Keep(body.ToArray());
            }

            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }

    private void Keep(byte[] request)
    {
        lock (_spans)
        {
            _raw.Append(Encoding.Latin1.GetString(request));
            foreach (var resource in Messages(request, 1))
            {
                foreach (var scope in Messages(resource, 2))
                {
                    _spans.AddRange(Messages(scope, 2).Select(Read));
                }
            }
        }
    }

    private static Span Read(byte[] span)
    {
        var attributes = Messages(span, 9).ToDictionary(static pair => Text(pair, 1), static pair => Value(Messages(pair, 2).Single()));
        return new Span(
            Hex(span, 1),
            Hex(span, 2),
            Hex(span, 4),
            Text(span, 5),
            (int)(long)(Fields(span).FirstOrDefault(static f => f.Number == 6).Value ?? 0L),
            attributes
        );
    }

    private static object Value(byte[] any) =>
        Fields(any).Single() switch
        {
            (1, byte[] text) => Encoding.UTF8.GetString(text),
            (5, byte[] list) => string.Join(',', Messages(list, 1).Select(Value)),
            (_, var number) => number!,
        };

    private static string Text(byte[] message, int number) => Encoding.UTF8.GetString(Messages(message, number).Single());

    private static string Hex(byte[] message, int number) => Convert.ToHexStringLower(Messages(message, number).FirstOrDefault([]));

    private static IEnumerable<byte[]> Messages(byte[] message, int number) =>
        Fields(message).Where(field => field.Number == number).Select(static field => (byte[])field.Value!);

    /// <summary>Fields of a protobuf message: bytes, integers and doubles.</summary>
    private static List<(int Number, object? Value)> Fields(byte[] message)
    {
        var (input, fields) = (new CodedInputStream(message), new List<(int, object?)>());
        while (input.ReadTag() is var tag and not 0)
        {
            object? value = WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.LengthDelimited => input.ReadBytes().ToByteArray(),
                WireFormat.WireType.Varint => input.ReadInt64(),
                WireFormat.WireType.Fixed64 => input.ReadDouble(),
                _ => input.ReadFixed32(),
            };
            fields.Add((WireFormat.GetTagFieldNumber(tag), value));
        }

        return fields;
    }
}
