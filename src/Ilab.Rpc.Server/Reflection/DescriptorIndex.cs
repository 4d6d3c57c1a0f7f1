using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Grpc.Reflection;

/// <summary>The files of some services and everything that they import, by name and by symbol.</summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> _byName = [];
    private readonly Dictionary<string, FileDescriptor> _bySymbol = [];

    public DescriptorIndex(IEnumerable<ServiceDescriptor> services)
    {
        Services = [.. services.Select(static service => service.FullName).Distinct().Order(StringComparer.Ordinal)];
        foreach (var service in services)
        {
            Add(service.File);
        }
    }

    public IReadOnlyList<string> Services { get; }

    /// <returns>The file and its imports, imports first; null when unknown.</returns>
    public IReadOnlyList<ByteString>? ByName(string name) => _byName.TryGetValue(name, out var file) ? Closure(file) : null;

    public IReadOnlyList<ByteString>? BySymbol(string symbol)
    {
        if (_bySymbol.TryGetValue(symbol, out var file))
        {
            return Closure(file);
        }

        // A method or field: look for what it is part of.
        var dot = symbol.LastIndexOf('.');
        return dot > 0 && _bySymbol.TryGetValue(symbol[..dot], out file) ? Closure(file) : null;
    }

    private static List<ByteString> Closure(FileDescriptor file)
    {
        var seen = new HashSet<string>();
        var files = new List<ByteString>();
        Visit(file);
        return files;

        void Visit(FileDescriptor current)
        {
            if (seen.Add(current.Name))
            {
                foreach (var dependency in current.Dependencies)
                {
                    Visit(dependency);
                }

                files.Add(current.SerializedData);
            }
        }
    }

    private void Add(FileDescriptor file)
    {
        if (!_byName.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var service in file.Services)
        {
            _bySymbol[service.FullName] = file;
        }

        foreach (var type in file.EnumTypes)
        {
            _bySymbol[type.FullName] = file;
        }

        foreach (var message in file.MessageTypes)
        {
            AddMessage(message, file);
        }

        foreach (var dependency in file.Dependencies)
        {
            Add(dependency);
        }
    }

    private void AddMessage(MessageDescriptor message, FileDescriptor file)
    {
        _bySymbol[message.FullName] = file;
        foreach (var type in message.EnumTypes)
        {
            _bySymbol[type.FullName] = file;
        }

        foreach (var nested in message.NestedTypes)
        {
            AddMessage(nested, file);
        }
    }
}
