using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Loading;

/// <summary>llama.cpp's log, assembled to complete lines. Level 2 = info, 3 = warning, 4 = error, 5 = continuation of the previous line.</summary>
public static unsafe class NativeLog
{
    private static readonly StringBuilder Line = new();
    private static Action<int, string>? _sink;
    private static int _level;

    /// <summary>Passes lines to <paramref name="sink"/>; called from native threads, so it must not throw.</summary>
    public static void SendTo(Action<int, string> sink)
    {
        _sink = sink;
        LlamaApi.llama_log_set(&OnText, null);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnText(int level, byte* text, void* data)
    {
        lock (Line)
        {
            if (level != 5)
            {
                _level = level;
            }

            Line.Append(Marshal.PtrToStringUTF8((nint)text));
            if (Line.Length > 0 && Line[^1] == '\n')
            {
                _sink?.Invoke(_level, Line.ToString().TrimEnd());
                Line.Clear();
            }
        }
    }
}
