using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libllama: vocabularies. The pointer belongs to the model.</summary>
internal static unsafe partial class LlamaApi
{
    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_n_tokens(nint vocabulary);

    /// <returns>enum llama_vocab_type.</returns>
    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_type(nint vocabulary);

    /// <returns>Flags of enum llama_token_attr.</returns>
    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_get_attr(nint vocabulary, int token);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_tokenize(nint vocabulary, byte* text, int length, int* tokens, int most, byte addSpecial, byte parseSpecial);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_token_to_piece(nint vocabulary, int token, byte* buffer, int length, int strip, byte special);

    [LibraryImport(Library.Llama)]
    internal static partial byte llama_vocab_is_eog(nint vocabulary, int token);

    [LibraryImport(Library.Llama)]
    internal static partial byte llama_vocab_is_control(nint vocabulary, int token);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_bos(nint vocabulary);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_eos(nint vocabulary);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_sep(nint vocabulary);

    [LibraryImport(Library.Llama)]
    internal static partial byte llama_vocab_get_add_bos(nint vocabulary);

    [LibraryImport(Library.Llama)]
    internal static partial byte llama_vocab_get_add_eos(nint vocabulary);

    [LibraryImport(Library.Llama)]
    internal static partial byte llama_vocab_get_add_sep(nint vocabulary);
}
