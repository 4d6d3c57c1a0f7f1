using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Ilab.Runner.Tests.Training.Data;

/// <summary>Random records in every shape that an import takes.</summary>
internal static class RecordGenerator
{
    private static readonly Dictionary<string, string[]> Aliases = new()
    {
        ["system"] = ["system", "developer", "System"],
        ["user"] = ["user", "human", "Human"],
        ["assistant"] = ["assistant", "gpt", "model", "bot", "chatgpt", "function_call"],
        ["tool"] = ["tool", "observation", "function", "ipython"],
    };

    private static readonly Gen<string> Piece = Gen.Elements(
        "a",
        " ",
        "Wie heißt du?",
        "\"quoted\"",
        "back\\slash",
        "\n",
        "\t\r",
        "\u0000\u001f",
        "\u2028\u2029",
        "\u00a0\ufeff",
        "😀👩‍👩‍👧",
        "日本語",
        "<|im_end|>",
        "</s>&'",
        "{\"json\": [1.50, null]}",
        "\\ud83d",
        "0.1000"
    );

    private static readonly Gen<string> AnyText = Piece.ListOf().Select(static pieces => string.Concat(pieces.Take(12)));

    /// <summary>Not only white space.</summary>
    private static readonly Gen<string> Text = AnyText.Select(static text => string.IsNullOrWhiteSpace(text) ? "x" + text : text);

    /// <summary>A text as JSON, with few escapes, many, or every character as one.</summary>
    private static Gen<string> Quoted(string text) =>
        Gen.Elements(
            JsonSerializer.Serialize(text),
            JsonSerializer.Serialize(text, new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }),
            $"\"{string.Concat(text.Select(static c => $"\\u{(int)c:X4}"))}\""
        );

    private static readonly Gen<string> Scalar = Gen.OneOf(
        Gen.Elements("null", "true", "false", "0", "-0", "1.50", "1E+2", "0.10000000000000000001", "123456789012345678901234567890", "-1e-300", "\"\\/\""),
        AnyText.SelectMany(Quoted)
    );

    private static readonly Gen<string> Value = Gen.OneOf(
        Scalar,
        Scalar.ListOf().Select(static items => $"[{string.Join(", ", items)}]"),
        Scalar.Two().Select(static pair => $"{{\"a\":{pair.Item1},\"\":{{\"b\": [{pair.Item2}]}}}}")
    );

    private static Gen<(string Key, string Json)[]> Keys(params string[] names) =>
        Gen.SubListOf(names).SelectMany(chosen => Gen.CollectToArray(chosen, static name => Value.Select(value => (name, value))));

    private static readonly Gen<(string Key, string Json)[]> Others = Keys("id", "metadata", "source", "ключ", "a b", "weight", "name", "Messages");

    private static readonly Gen<(string Key, string Json)[]> ForTemplates = Gen.Elements<(string, string)[]>(
        [],
        [],
        [("tools", """[{"type":"function","function":{"name":"f","parameters":{"x":1.50}}}]""")],
        [("tools", "null"), ("documents", """[{"title":"t","text":"d"}]""")],
        [("tools", "\"[{\\\"name\\\":\\\"f\\\"}]\""), ("chat_template_kwargs", """{"enable_thinking":false}""")]
    );

    /// <summary>Whether a message is trained on, in one of its spellings.</summary>
    private static readonly Gen<(string Key, string Json)[]> Flags = Gen.Elements<(string, string)[]>(
        [],
        [],
        [("weight", "0")],
        [("weight", "1")],
        [("weight", "1.0")],
        [("train", "true")],
        [("training", "false")],
        [("unmask", "true")]
    );

    private static Gen<MeantMessage> Said(string role) =>
        from content in Text
        from flags in Flags
        from extra in Keys("name", "id", "thinking", "ключ")
        select new MeantMessage(role, content, [.. flags, .. extra]);

    private static readonly Gen<MeantMessage> Calling = Gen.Elements(
            """[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\": 1.50}"}}]""",
            """[{"function":{"name":"gé","arguments":{"x":[1e2,null]}}},{"id":"2"}]"""
        )
        .Select(static calls => new MeantMessage("assistant", "", [("tool_calls", calls)]));

    /// <summary>A conversation that ends with an answer to train on.</summary>
    private static readonly Gen<MeantMessage[]> Conversation =
        from system in Gen.OneOf(Gen.Constant(Array.Empty<MeantMessage>()), Said("system").Select(static message => new[] { message }))
        from turns in Gen.OneOf(
                Said("user").Then(Said("assistant")),
                Said("user").Then(Said("tool")),
                Calling.Then(Said("tool")),
                Said("assistant").Then(Said("user"))
            )
            .ListOf()
        from question in Said("user")
        from answer in Text
        select (MeantMessage[])
            [.. system, .. turns.Take(4).SelectMany(static pair => new[] { pair.First, pair.Second }), question, new MeantMessage("assistant", answer, [])];

    private static Gen<(MeantMessage First, MeantMessage Second)> Then(this Gen<MeantMessage> first, Gen<MeantMessage> second) =>
        first.SelectMany(_ => second, static (one, other) => (one, other));

    /// <summary>Every shape, the frequent ones more often.</summary>
    public static Gen<RandomRecord> Record { get; } =
        Gen.Frequency((4, OfMessages()), (3, OfConversations()), (2, OfInstructions()), (2, OfPairs()), (1, OfText()));

    private static Gen<RandomRecord> OfMessages() =>
        from messages in Conversation
        from others in Others
        from unmask in Gen.Elements<(string, string)[]>([], [("unmask", "true")], [("unmask", "false")])
        from given in ForTemplates
        from list in List(messages, "role", "content")
        from line in Object([("messages", list), .. others, .. unmask, .. given])
        select new RandomRecord(line, messages, [.. others, .. unmask, .. given]);

    private static Gen<RandomRecord> OfConversations() =>
        from messages in Conversation
        from system in Text
        from others in Others
        from names in Gen.Elements(("from", "value"), ("role", "content"))
        let rest = messages[0].Role == "system" ? messages[1..] : messages
        from isApart in Gen.Elements(true, false)
        from list in List(isApart ? rest : messages, names.Item1, names.Item2)
        from quoted in Quoted(system)
        from line in Object(isApart ? [("conversations", list), ("system", quoted), .. others] : [("conversations", list), .. others])
        select new RandomRecord(line, isApart ? [new("system", system, []), .. rest] : messages, others);

    private static Gen<RandomRecord> OfInstructions() =>
        from texts in Gen.CollectToArray(["instruction", "input", "output", "system"], static _ => Text)
        from history in Text.Two().ListOf()
        from others in Others
        from has in Gen.CollectToArray([1, 2], static _ => Gen.Elements(true, false))
        let turns = history.Take(3).ToArray()
        from quoted in Gen.CollectToArray(texts, Quoted)
        from pairs in Gen.CollectToArray(
            turns,
            static turn => Quoted(turn.Item1).SelectMany(_ => Quoted(turn.Item2), static (one, other) => $"[{one},{other}]")
        )
        from line in Object([
            ("instruction", quoted[0]),
            ("input", has[0] ? quoted[1] : "\"\""),
            ("output", quoted[2]),
            .. has[1] ? [("system", quoted[3])] : Array.Empty<(string, string)>(),
            ("history", $"[{string.Join(',', pairs)}]"),
            .. others,
        ])
        select new RandomRecord(
            line,
            [
                .. has[1] ? [new MeantMessage("system", texts[3], [])] : Array.Empty<MeantMessage>(),
                .. turns.SelectMany(static turn => new[] { new MeantMessage("user", turn.Item1, []), new MeantMessage("assistant", turn.Item2, []) }),
                new("user", has[0] ? $"{texts[0]}\n{texts[1]}" : texts[0], []),
                new("assistant", texts[2], []),
            ],
            others
        );

    private static Gen<RandomRecord> OfPairs() =>
        from names in Gen.Elements(("user", "assistant"), ("prompt", "completion"), ("prompt", "response"), ("question", "answer"), ("question", "response"))
        from texts in Text.Two()
        from others in Others
        from question in Quoted(texts.Item1)
        from answer in Quoted(texts.Item2)
        from line in Object([(names.Item1, question), (names.Item2, answer), .. others])
        select new RandomRecord(line, [new("user", texts.Item1, []), new("assistant", texts.Item2, [])], others);

    private static Gen<RandomRecord> OfText() =>
        from text in Text
        from others in Others
        from quoted in Quoted(text)
        from line in Object([("text", quoted), .. others])
        select new RandomRecord(line, [new("pretraining", text, [])], [("unmask", "true"), .. others], IsPlain: true);

    private static Gen<string> List(IEnumerable<MeantMessage> messages, string role, string content) =>
        Gen.CollectToArray(messages, message => Message(message, role, content)).Select(static list => $"[{string.Join(", ", list)}]");

    private static Gen<string> Message(MeantMessage message, string role, string content) =>
        from name in Gen.Elements(Aliases[message.Role])
        from said in Content(message)
        from json in Object([(role, $"\"{name}\""), (content, said), .. message.Extra])
        select json;

    /// <summary>A text, or parts that are the text together; nothing where tools are called.</summary>
    private static Gen<string> Content(MeantMessage message)
    {
        if (message.Content.Length == 0)
        {
            return Gen.Elements("null", "\"\"");
        }

        var half = message.Content.Length / 2;
        half -= half > 0 && char.IsHighSurrogate(message.Content[half - 1]) ? 1 : 0;
        var parts =
            from first in Quoted(message.Content[..half])
            from second in Quoted(message.Content[half..])
            select $"[{{\"type\":\"text\",\"text\":{first}}},{second}]";
        return Gen.Frequency((4, Quoted(message.Content)), (1, parts));
    }

    /// <summary>Keys in their order, with more or less white space.</summary>
    private static Gen<string> Object(IEnumerable<(string Key, string Json)> keys) =>
        from space in Gen.Elements("", " ", "\t ", " \r")
        from names in Gen.CollectToArray(keys, static pair => Quoted(pair.Key).Select(name => (Name: name, pair.Json)))
        select $"{{{space}{string.Join($",{space}", names.Select(pair => $"{pair.Name}{space}:{space}{pair.Json}"))}{space}}}";
}
