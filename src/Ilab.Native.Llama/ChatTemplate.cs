using System.Runtime.InteropServices;
using System.Text;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>The library's built-in chat templates, found by what a template's text looks like.</summary>
public static unsafe class ChatTemplate
{
    /// <returns>The prompt, or null when the library does not know this template.</returns>
    public static string? Apply(string template, IReadOnlyList<(string Role, string Content)> messages, bool addAssistant)
    {
        var texts = new List<nint>();
        try
        {
            var native = new NativeChatMessage[messages.Count];
            for (var index = 0; index < native.Length; index++)
            {
                native[index] = new NativeChatMessage { role = Text(texts, messages[index].Role), content = Text(texts, messages[index].Content) };
            }

            var pattern = Text(texts, template);
            var buffer = new byte[messages.Sum(static message => Encoding.UTF8.GetByteCount(message.Content) + 64) * 2 + 256];
            var length = Apply(pattern, native, addAssistant, buffer);
            if (length > buffer.Length)
            {
                buffer = new byte[length];
                length = Apply(pattern, native, addAssistant, buffer);
            }

            return length < 0 ? null : Encoding.UTF8.GetString(buffer, 0, length);
        }
        finally
        {
            texts.ForEach(Marshal.FreeCoTaskMem);
        }
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
