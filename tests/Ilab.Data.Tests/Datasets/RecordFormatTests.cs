using System.Text;
using Ilab.Data.Datasets;
using Ilab.Data.Datasets.Files;

namespace Ilab.Data.Tests.Datasets;

/// <summary>Lines of JSONL to records.</summary>
public sealed class RecordFormatTests
{
    [Theory]
    [InlineData("""{"system":"s","user":"q","assistant":"a"}""", "system:s user:q assistant:a")]
    [InlineData("""{"system":"","user":"q","assistant":"a"}""", "user:q assistant:a")]
    [InlineData("""{"instruction":"q","input":"more","output":"a"}""", "user:q\nmore assistant:a")]
    [InlineData("""{"instruction":"q","input":"","output":"a"}""", "user:q assistant:a")]
    [InlineData("""{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}""", "user:q assistant:a")]
    [InlineData("""{"prompt":"q","completion":"a"}""", "user:q assistant:a")]
    [InlineData("""{"question":"q","answer":"a","context":"c"}""", "user:q\nc assistant:a")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"id":7}""", "user:q assistant:a")]
    [InlineData("""{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}],"system":"s"}""", "system:s user:q assistant:a")]
    [InlineData("""{"conversations":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "user:q assistant:a")]
    [InlineData(
        """{"instruction":"q","output":"a","history":[["x","y"],["z","w"]],"system":"s"}""",
        "system:s user:x assistant:y user:z assistant:w user:q assistant:a"
    )]
    [InlineData(
        """{"messages":[{"role":"developer","content":"s"},{"role":"Human","content":"q"},{"role":"assistant","content":"a"}]}""",
        "system:s user:q assistant:a"
    )]
    [InlineData(
        """{"conversations":[{"from":"human","value":"q"},{"from":"function_call","value":"f"},{"from":"observation","value":"o"},{"from":"gpt","value":"a"}]}""",
        "user:q assistant:f tool:o assistant:a"
    )]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"text","text":"q"},{"type":"text","text":"!"}]},{"role":"assistant","content":["a"]}]}""",
        "user:q! assistant:a"
    )]
    [InlineData("""{"text":"once upon a time"}""", "pretraining:once upon a time")]
    public void EveryShapeBecomesMessages(string line, string expected)
    {
        var (messages, stored) = RecordFormat.Read(Encoding.UTF8.GetBytes(line));
        Assert.Equal(expected, string.Join(' ', messages.Select(static message => $"{message.Role}:{message.Content}")));
        Assert.Equal(messages, RecordFormat.Read(stored).Messages);
    }

    [Fact]
    public void MessagesAreKeptByteForByte()
    {
        var line = Encoding.UTF8.GetBytes("""{ "messages" : [{"content":"é\u00e9","role":"user"}], "unmask": true }""");
        Assert.Equal(line, RecordFormat.Read(line).Line.ToArray());
    }

    /// <summary>Records of a JSON array may be indented; in the store each is a line.</summary>
    [Theory]
    [InlineData(
        "{\n  \"messages\": [\r\n {\"role\":\"assistant\",\"content\":\"q\\n\"}]\n}",
        "{   \"messages\": [   {\"role\":\"assistant\",\"content\":\"q\\n\"}] }"
    )]
    [InlineData("{\"prompt\":\n\"q\",\"completion\":\"a\"}", "{\"prompt\": \"q\",\"completion\":\"a\"}")]
    public void ARecordOfSeveralLinesIsStoredOnOne(string record, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(RecordFormat.Read(Encoding.UTF8.GetBytes(record), keepsPlain: true).Line.Span));

    /// <summary>Files of millions of records are imported: those that need no conversion are not taken apart.</summary>
    [Fact]
    public void AStoredRecordCostsLittleMemory()
    {
        var line = Encoding.UTF8.GetBytes(
            $$$"""{"messages":[{"role":"user","content":"{{{new string('q', 300)}}}"},{"role":"assistant","content":"{{{new string('a', 300)}}}"}],"id":1,"metadata":{"leaf":"x"}}"""
        );
        RecordFormat.Read(line);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            RecordFormat.Read(line);
        }

        // The texts themselves are 1.2 kB in UTF-16.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 1, 2500);
    }

    [Theory]
    [InlineData("[]", "a record must be an object, not a list")]
    [InlineData("{\"a\":", "not JSON")]
    [InlineData("""{"body":"x","n":1}""", "neither messages nor user and assistant, but body, n")]
    [InlineData("""{"messages":[{"role":"narrator","content":"q"}]}""", "messages[0] has the role narrator, expected one of system, user")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":"x"}]}]}""", "messages[0].content[0] is of type image_url")]
    [InlineData("""{"messages":["hello"]}""", "messages[0] is not an object")]
    [InlineData("""{"prompt":"q","chosen":"a","rejected":"b"}""", "preference pair")]
    [InlineData("""{"conversations":[{"from":"system","value":"t"},{"from":"gpt","value":"a"}],"system":"s"}""", "a system text beside its messages")]
    [InlineData("""{"instruction":"q","output":"a","history":[["x"]]}""", "history[0] is not a pair")]
    [InlineData("""{"user":"q","user":"r","assistant":"a"}""", "a key is given twice")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"meta":{"a":["\udc00"]}}""", "a is not well-formed Unicode at byte")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"\ud83d":1}""", "a key is not well-formed Unicode")]
    [InlineData("""{"messages":[{"role":"\ud83dx","content":"q"}]}""", "role is not well-formed Unicode")]
    [InlineData("""{"messages":[]}""", "messages is not a non-empty list")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0] needs role and content")]
    [InlineData("""{"messages":[{"role":"user","content":" "}]}""", "message 1 (user) is empty")]
    [InlineData("""{"user":"\ud800","assistant":"a"}""", "not well-formed Unicode")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}]}""", "no assistant message to train on")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0}]}""", "no assistant message to train on")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0.5}]}""", "message 2 has the weight 0.5")]
    [InlineData("""{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a","train":"yes"}]}""", "message 2 has train: \"yes\"")]
    [InlineData("""{"user":"q","assistant":"a","tools":{"name":"f"}}""", "tools must be a JSON list")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"documents":"[{"}""", "documents is not valid JSON")]
    [InlineData("""{"user":"q","assistant":"a","chat_template_kwargs":[]}""", "the variables must be a JSON object")]
    public void WhatIsNoRecordSaysWhy(string line, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => RecordFormat.Read(Encoding.UTF8.GetBytes(line))).Message, StringComparison.Ordinal);

    /// <summary>What belongs to no shape is not lost when a record is converted.</summary>
    [Theory]
    [InlineData(
        """{"conversations":[{"from":"human","value":"q","weight":0},{"from":"gpt","value":"a"}],"id":"7","tools":[{"n":1.50}],"metadata":{"k":"é"}}""",
        """{"messages":[{"role":"user","content":"q","weight":0},{"role":"assistant","content":"a"}],"id":"7","tools":[{"n":1.50}],"metadata":{"k":"é"}}"""
    )]
    [InlineData(
        """{"prompt":"q","completion":"a","source":"s"}""",
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"source":"s"}"""
    )]
    [InlineData("""{"text":"t","lang":"en"}""", """{"messages":[{"role":"pretraining","content":"t"}],"unmask":true,"lang":"en"}""")]
    [InlineData(
        """{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c"}]},{"role":"tool","content":"r","tool_call_id":"c"}]}""",
        """{"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"c"}]},{"role":"tool","content":"r","tool_call_id":"c"}]}"""
    )]
    public void OtherKeysAreCarriedAlong(string line, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(RecordFormat.Read(Encoding.UTF8.GetBytes(line)).Line.Span));

    [Theory]
    [InlineData("""{"prompt":"q","completion":"a"}""")]
    [InlineData("""{"text":"once"}""")]
    public void ATrainingKeepsPlainText(string line) =>
        Assert.Equal(line, Encoding.UTF8.GetString(RecordFormat.Read(Encoding.UTF8.GetBytes(line), keepsPlain: true).Line.Span));

    [Fact]
    public void BytesThatAreNoTextAreNamedWithTheirPlace()
    {
        byte[] line = [.. """{"user":"a"""u8, 0xc3, 0x28, .. "\",\"assistant\":\"b\"}"u8];
        Assert.Contains("not valid UTF-8 at byte 11", Assert.Throws<FormatException>(() => RecordFormat.Read(line)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LinesAreTheSameHoweverTheBytesArrive()
    {
        var bytes = Encoding.UTF8.GetBytes("\uFEFFone\r\n\n  \ntwo\nthree");
        foreach (var size in new[] { 3, 4, 5, 100 })
        {
            var splitter = new LineSplitter(1000);
            var lines = bytes.Chunk(size).SelectMany(piece => splitter.Add(piece).Select(static line => Encoding.UTF8.GetString(line.Span)).ToList()).ToList();
            lines.Add(Encoding.UTF8.GetString(splitter.End()!.Value.Span));
            Assert.Equal(["one", "two", "three"], lines);
            Assert.Equal(5, splitter.Number);
        }
    }
}
