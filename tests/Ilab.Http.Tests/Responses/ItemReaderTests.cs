using System.Text.Json;
using Ilab.Http.Json;
using Ilab.Http.Responses;

namespace Ilab.Http.Tests.Responses;

public sealed class ItemReaderTests
{
    [Theory]
    [InlineData("""{"id":"m","role":"user","content":"a","other":"x"}""", """{"id":"m","type":"message","role":"user","content":"a"}""")]
    [InlineData(
        """{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[{"other":"x"}],"other":"x"}]}""",
        """{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]}]}"""
    )]
    [InlineData(
        """{"id":"c","type":"function_call","call_id":"1","name":"f","arguments":"{}","other":"x"}""",
        """{"id":"c","type":"function_call","call_id":"1","name":"f","arguments":"{}"}"""
    )]
    [InlineData(
        """{"id":"o","type":"function_call_output","call_id":"1","output":[{"type":"input_text","text":"a","other":"x"}],"other":"x"}""",
        """{"id":"o","type":"function_call_output","call_id":"1","output":[{"type":"input_text","text":"a"}]}"""
    )]
    [InlineData("""{"id":"r","type":"reasoning","summary":[{"text":"x"}],"encrypted_content":"x"}""", """{"id":"r","type":"reasoning","summary":[]}""")]
    public void OnlyWhatMeansSomethingIsKept(string item, string kept)
    {
        using var json = JsonDocument.Parse($$"""{"input":[{{item}}]}""");
        Assert.Equal($"[{kept}]", ItemReader.Read(new JsonFields(json.RootElement, "")).ToJsonString());
    }
}
