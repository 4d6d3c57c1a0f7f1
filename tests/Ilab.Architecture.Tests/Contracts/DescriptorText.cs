using Google.Protobuf.Reflection;

namespace Ilab.Architecture.Tests.Contracts;

/// <summary>A protobuf file as one line per promise, so that a promise broken is a line gone.</summary>
internal static class DescriptorText
{
    public static IEnumerable<string> Lines(IEnumerable<FileDescriptor> files) =>
        files.SelectMany(file => file.MessageTypes.SelectMany(Message).Concat(file.EnumTypes.SelectMany(Enum)).Concat(file.Services.SelectMany(Service)));

    private static IEnumerable<string> Message(MessageDescriptor message)
    {
        yield return $"message {message.FullName}";
        foreach (var field in message.Fields.InFieldNumberOrder())
        {
            var label =
                field.IsMap ? "map "
                : field.IsRepeated ? "repeated "
                : field.HasPresence && field.FieldType != FieldType.Message ? "presence "
                : "";
            var group = field.RealContainingOneof is { } oneof ? $" oneof {oneof.Name}" : "";
            yield return $"field {message.FullName}.{field.Name} = {field.FieldNumber} {label}{TypeOf(field)}{group}";
        }

        foreach (
            var line in message
                .NestedTypes.Where(nested => !nested.GetOptions()?.MapEntry ?? true)
                .SelectMany(Message)
                .Concat(message.EnumTypes.SelectMany(Enum))
        )
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Enum(EnumDescriptor type) => type.Values.Select(value => $"enum {type.FullName}.{value.Name} = {value.Number}");

    private static IEnumerable<string> Service(ServiceDescriptor service) =>
        service.Methods.Select(method =>
            $"rpc {service.FullName}/{method.Name} ({(method.IsClientStreaming ? "stream " : "")}{method.InputType.FullName}) -> {(method.IsServerStreaming ? "stream " : "")}{method.OutputType.FullName}"
        );

    private static string TypeOf(FieldDescriptor field)
    {
        if (field.IsMap)
        {
            return $"{TypeOf(field.MessageType.FindFieldByNumber(1))}->{TypeOf(field.MessageType.FindFieldByNumber(2))}";
        }

        return field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            var plain => plain.ToString().ToLowerInvariant(),
        };
    }
}
