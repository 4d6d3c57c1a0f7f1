using Ilab.Data.Synthesis.Teachers;

namespace Ilab.Data.Tests.Synthesis.Teachers;

public sealed class ModelListTests
{
    [Theory]
    [InlineData("{\"data\":[{\"id\":\"a\",\"max_model_len\":1},{\"id\":\"big\",\"max_model_len\":4096}]}", 4096)]
    [InlineData("{\"data\":[{\"id\":\"big\",\"context_length\":8192}]}", 8192)]
    [InlineData("{\"data\":[{\"id\":\"big\",\"meta\":{\"n_ctx\":512}}]}", 512)]
    [InlineData("[{\"id\":\"big\",\"context_window\":131072}]", 131072)]
    [InlineData("{\"data\":[{\"id\":\"other\",\"max_model_len\":4096}]}", 0)]
    [InlineData("{\"data\":[{\"id\":\"big\",\"max_model_len\":null}]}", 0)]
    [InlineData("{\"data\":[7,null,{\"id\":3}]}", 0)]
    [InlineData("{\"data\":[]}", 0)]
    [InlineData("not found", 0)]
    public void TheContextIsTakenFromWhateverTheListTells(string body, int expected) => Assert.Equal(expected, ModelList.ContextOf("big", body));
}
