using System.Runtime.InteropServices;
using System.Text;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>The library's built-in chat templates, detected from the text of a template.</summary>
public static unsafe class ChatTemplate
{
    // Characters without meaning in text: one of them replaces NUL, at which the library would end a text.
    private const char FirstNoncharacter = '\uFDD0';
    private const char LastNoncharacter = '\uFDEF';

    /// <returns>The prompt, or null if the library does not support this template.</returns>
    public static string? Apply(string template, IReadOnlyList<(string Role, string Content)> messages, bool addAssistant)
    {
        var stand = StandInForNul(messages);
        var texts = new List<nint>();
        try
        {
            var native = new NativeChatMessage[messages.Count];
            for (var index = 0; index < native.Length; index++)
            {
                native[index] = new NativeChatMessage
                {
                    role = Text(texts, Without(messages[index].Role)),
                    content = Text(texts, Without(messages[index].Content)),
                };
            }

            var pattern = Text(texts, template);
            var buffer = new byte[messages.Sum(static message => Encoding.UTF8.GetByteCount(message.Content) + 64) * 2 + 256];
            var length = Apply(pattern, native, addAssistant, buffer);
            if (length > buffer.Length)
            {
                buffer = new byte[length];
                length = Apply(pattern, native, addAssistant, buffer);
            }

            if (length < 0)
            {
                return null;
            }

            var prompt = Encoding.UTF8.GetString(buffer, 0, length);
            return stand is { } character ? prompt.Replace(character, '\0') : prompt;
        }
        finally
        {
            texts.ForEach(Marshal.FreeCoTaskMem);
        }

        string Without(string text) => stand is { } character ? text.Replace('\0', character) : text;
    }

    /// <returns>Null if no replacement is needed. If all candidates occur, which no real text does, the last one is used.</returns>
    private static char? StandInForNul(IReadOnlyList<(string Role, string Content)> messages)
    {
        if (!messages.Any(static message => message.Content.Contains('\0') || message.Role.Contains('\0')))
        {
            return null;
        }

        var character = FirstNoncharacter;
        while (character < LastNoncharacter && messages.Any(message => message.Content.Contains(character) || message.Role.Contains(character)))
        {
            character++;
        }

        return character;
    }

    private static int Apply(byte* template, NativeChatMessage[] messages, bool addAssistant, byte[] buffer)
    {
        fixed (NativeChatMessage* pointer = messages)
        fixed (byte* target = buffer)
        {
            return LlamaApi.llama_chat_apply_template(template, pointer, (nuint)messages.Length, addAssistant ? (byte)1 : (byte)0, target, buffer.Length);
        }
    }

    private static byte* Text(List<nint> texts, string text)
    {
        var pointer = Marshal.StringToCoTaskMemUTF8(text);
        texts.Add(pointer);
        return (byte*)pointer;
    }
}
