using Ilab.Native.Llama.Loading;
using Ilab.Testing;

namespace Ilab.Native.Llama.Tests;

/// <summary>The library's own templates, each known by a mark that is in the text of the real ones.</summary>
public sealed class ChatTemplateTests
{
    private static readonly (string Role, string Content)[] Talk = [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye")];

    public ChatTemplateTests() => NativeLibraries.Load(TestPaths.NativeLibraries);

    [Theory]
    [InlineData(
        "{{'<|im_start|>' + role}}",
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n"
    )]
    [InlineData(
        "{{'<|start_header_id|>' + role + '<|end_header_id|>'}}",
        "<|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    )]
    [InlineData(
        "{{'<start_of_turn>' + role}}",
        "<start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\nHello<end_of_turn>\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n"
    )]
    [InlineData(
        "{{'<|assistant|>'}}{{'<|end|>'}}",
        "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n"
    )]
    [InlineData(
        "{{'<|user|>'}}{{'<|endoftext|>'}}",
        "<|system|>\nBe brief.<|endoftext|>\n<|user|>\nHi<|endoftext|>\n<|assistant|>\nHello<|endoftext|>\n<|user|>\nBye<|endoftext|>\n<|assistant|>\n"
    )]
    [InlineData("{{'[INST] <<SYS>>'}}", "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST]Hello</s>[INST] Bye [/INST]")]
    [InlineData("{{'[INST]'}}{{'[SYSTEM_PROMPT]'}}", "[SYSTEM_PROMPT] Be brief.[/SYSTEM_PROMPT][INST] Hi[/INST] Hello</s>[INST] Bye[/INST]")]
    [InlineData("{{'USER: '}}{{'ASSISTANT: '}}", "Be brief.\n\nUSER: Hi\nASSISTANT: Hello</s>\nUSER: Bye\nASSISTANT:")]
    [InlineData(
        "{{'GPT4 Correct '}}",
        "Be brief.<|end_of_turn|>GPT4 Correct User: Hi<|end_of_turn|>GPT4 Correct Assistant: Hello<|end_of_turn|>GPT4 Correct User: Bye<|end_of_turn|>GPT4 Correct Assistant:"
    )]
    [InlineData(
        "{{'<|start_of_role|>'}}",
        "<|start_of_role|>system<|end_of_role|>Be brief.<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>Hi<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>Hello<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>Bye<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>"
    )]
    public void AFamilyIsToldByItsMark(string template, string prompt) => Assert.Equal(prompt, ChatTemplate.Apply(template, Talk, addAssistant: true));

    [Theory]
    [InlineData("")]
    [InlineData("{{ messages }}")]
    public void WhatTheLibraryDoesNotKnowIsNotGuessed(string template) => Assert.Null(ChatTemplate.Apply(template, Talk, addAssistant: true));

    [Fact]
    public void AMessageGoesOnAfterNul()
    {
        (string, string)[] talk = [("user", "be\0fore \uFDD0 \uFDD1 af\0ter"), ("assistant", "yes\0")];
        Assert.Equal(
            "<|im_start|>user\nbe\0fore \uFDD0 \uFDD1 af\0ter<|im_end|>\n<|im_start|>assistant\nyes\0<|im_end|>\n",
            ChatTemplate.Apply("chatml", talk, addAssistant: false)
        );
    }

    [Fact]
    public void MessagesOfAnyLengthAreTakenWhole()
    {
        var text = string.Concat(Enumerable.Repeat("ä☺\U0001F600 ", 20_000));
        Assert.Equal($"<|im_start|>user\n{text}<|im_end|>\n", ChatTemplate.Apply("chatml", [("user", text)], addAssistant: false));
    }
}
