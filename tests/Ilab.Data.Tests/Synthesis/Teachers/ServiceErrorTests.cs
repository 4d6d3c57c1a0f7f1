using Ilab.Data.Synthesis.Teachers;

namespace Ilab.Data.Tests.Synthesis.Teachers;

/// <summary>What a service says is read from an error of any shape.</summary>
public sealed class ServiceErrorTests
{
    [Theory]
    [InlineData("{\"error\":{\"message\":\"slow\\ndown\",\"code\":null}}", "slow down")]
    [InlineData("{\"error\":\"model 'x' not found\"}", "model 'x' not found")]
    [InlineData("{\"detail\":\"Not authenticated\"}", "Not authenticated")]
    [InlineData("{\"detail\":{\"message\":\"too many\"}}", "too many")]
    [InlineData(
        "{\"detail\":[{\"loc\":[\"body\",\"seed\"],\"msg\":\"Extra inputs are not permitted\"},{\"msg\":\"b\"}]}",
        "seed: Extra inputs are not permitted; b"
    )]
    [InlineData("{\"object\":\"error\",\"message\":\"no such thing\",\"code\":40303}", "no such thing")]
    [InlineData("{\"message\":\"no route\",\"request_id\":\"1\"}", "no route")]
    [InlineData("[{\"error\":{\"code\":400,\"message\":\"in a list\"}}]", "in a list")]
    [InlineData("{\"errors\":[\"one\",\"two\"]}", "one; two")]
    [InlineData("{\"error\":{\"code\":400,\"message\":\"too big\",\"n_prompt_tokens\":600,\"n_ctx\":512}}", "too big (n_prompt_tokens 600, n_ctx 512)")]
    [InlineData("<html><head><title>502 Bad &amp; Gateway</title></head><body><h1>x</h1></body></html>", "502 Bad & Gateway")]
    [InlineData("<html><head><style>p{}</style></head><body><p>Try later</p></body></html>", "Try later")]
    [InlineData("upstream connect error\r\n", "upstream connect error")]
    [InlineData("", "")]
    [InlineData("7", "7")]
    public void AnErrorIsReadInAnyShape(string body, string expected)
    {
        var error = ServiceError.Read(500, "Oops", body);
        Assert.Equal((expected, expected.Length > 0 ? $"500 Oops: {expected}" : "500 Oops"), (error.Text, error.Message));
    }

    [Theory]
    [InlineData("{\"error\":{\"message\":\"busy\",\"code\":429}}", 429)]
    [InlineData("{\"error\":{\"message\":\"busy\",\"code\":\"overloaded\"}}", 502)]
    [InlineData("{\"error\":\"busy\"}", 502)]
    [InlineData("{\"choices\":[],\"error\":null}", null)]
    [InlineData("{\"choices\":[{}],\"error\":{\"message\":\"m\"}}", null)]
    [InlineData("[]", null)]
    [InlineData("<html>", null)]
    public void AnErrorWithTheStatusOfASuccessIsAnError(string body, int? status) => Assert.Equal(status, ServiceError.Hidden(body)?.Status);
}
