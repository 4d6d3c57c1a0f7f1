using Ilab.Runner.Contract.V1;
using Ilab.Runner.Tests.Conversion;
using Ilab.Testing;

namespace Ilab.Runner.Tests.Inference.PromptCache;

/// <summary>Models with sliding attention forget what no token at the end of a sequence sees: a prompt that leaves it earlier does not look at that.</summary>
[Collection(NativeCompute.Name)]
public sealed class SlidingWindowTests : IDisposable
{
    private const int Context = 512;
    private readonly TemporaryFolder _folder = new();

    [SkippableTheory]
    [InlineData("gemma3-text")]
    [InlineData("gpt-oss")]
    [InlineData("cohere2")]
    public async Task APromptThatLeavesAnEarlierOneInTheMiddleHasItsOwnAnswer(string name)
    {
        Skip.If(!CorpusRun.Folders.Contains(name), "no ../shared/reference/conversion: models with sliding attention are not run");
        var source = CorpusRun.Convert(name, _folder.Path);
        var text = string.Join(' ', Enumerable.Range(0, 130).Select(static word => $"w{word * 7 % 90}"));
        using (var model = Load(source))
        {
            await model.AskAsync(Request(model, text + " one", fresh: false));
            for (var other = 0; other < 4; other++)
            {
                await model.AskAsync(Request(model, $"{other} other {text}", fresh: false));
            }

            await CompareAsync(model, text[..(text.Length / 2)] + " two");
            await CompareAsync(model, text + " one and more");
        }

        using var again = Load(source); // from disk
        await CompareAsync(again, text[..(text.Length * 9 / 10)] + " three");
        await CompareAsync(again, text + " one");
    }

    public void Dispose() => _folder.Dispose();

    private static async Task CompareAsync(HostedModel model, string prompt)
    {
        var cached = await model.AskAsync(Request(model, prompt, fresh: false));
        (await model.AskAsync(Request(model, prompt, fresh: true))).AssertSame(cached);
    }

    private static Submit Request(HostedModel model, string prompt, bool fresh)
    {
        var request = model.Request(prompt, 16);
        (request.Fresh, request.Logprobs) = (fresh, 2);
        return request;
    }

    private HostedModel Load(string source) =>
        new(
            file => File.Copy(source, file),
            spec => spec with { ContextLength = Context, Prompts = Path.Combine(_folder.Path, "prompts", "model"), PromptBytes = 1 << 30 }
        );
}
