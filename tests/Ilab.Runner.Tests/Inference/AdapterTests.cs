using Ilab.Runner.Contract.V1;
using Ilab.Runner.Tests.Training;
using Ilab.Runner.Training;
using Ilab.Runner.Training.Checkpoints;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Adapters that come with requests, beside weights that were loaded once.</summary>
[Collection(NativeCompute.Name)]
public sealed class AdapterTests : IDisposable
{
    private const int Tokens = 30;
    private const float Rounding = 1e-3f;
    private readonly TestModel _file = new(new TransformerShape());
    private readonly HostedModel _base;

    public AdapterTests() => _base = new HostedModel(path => File.Copy(_file.Path, path));

    public void Dispose()
    {
        _base.Dispose();
        _file.Dispose();
    }

    [Fact]
    public async Task SeveralAtOnceGetWhatTheirMergedModelsSay()
    {
        string[] adapters = [Make(1), Make(2), Make(3)];
        var merged = new List<Answer>();
        foreach (var adapter in adapters)
        {
            using var whole = new HostedModel(path => File.Copy(adapter + ".merged", path));
            merged.Add(await whole.AskAsync(Request()));
        }

        var plain = await _base.AskAsync(Request());
        Assert.Equal(4, merged.Append(plain).Select(static answer => answer.Text).Distinct().Count());

        // More steps than a turn has, and two of one adapter: they decode together.
        await using var reader = new SessionReader(_base.Host);
        Submit[] requests = [.. adapters.Append(adapters[0]).Select(adapter => Request(adapter)), Request()];
        foreach (var request in requests)
        {
            reader.Submit(request);
        }

        foreach (var (request, expected) in requests.Zip([.. merged, merged[0], plain]))
        {
            var answer = await reader.ReadAsync(request.GenerationId);
            Assert.Equal(expected.Tokens.Select(static token => token.Token), answer.Tokens.Select(static token => token.Token));
            Assert.All(expected.Tokens.Zip(answer.Tokens), static pair => Assert.Equal(pair.First.Logprob, pair.Second.Logprob, Rounding));
        }
    }

    [Fact]
    public async Task WhatOneAdapterComputedIsNotTakenForAnother()
    {
        var (one, other) = (Make(1), Make(2));
        Assert.Equal(0U, (await Ask(one)).Finished.CachedPromptTokens);
        Assert.Equal(0U, (await Ask(other)).Finished.CachedPromptTokens);
        Assert.Equal(0U, (await Ask(null)).Finished.CachedPromptTokens);
        var again = await Ask(one);
        Assert.Equal(again.Finished.PromptTokens - 1, again.Finished.CachedPromptTokens);

        Task<Answer> Ask(string? adapter)
        {
            var request = Request(adapter);
            request.Fresh = false;
            return _base.AskAsync(request);
        }
    }

    /// <summary>More than are kept: those that went come again when they are asked for.</summary>
    [Fact]
    public async Task ManyOneAfterAnother()
    {
        string[] adapters = [.. Enumerable.Range(1, 11).Select(seed => Make((ulong)seed))];
        var first = new List<string>();
        foreach (var adapter in adapters)
        {
            first.Add((await _base.AskAsync(Request(adapter))).Text);
        }

        Assert.Equal(adapters.Length, first.Distinct().Count());
        for (var index = 0; index < adapters.Length; index++)
        {
            Assert.Equal(first[index], (await _base.AskAsync(Request(adapters[index]))).Text);
        }
    }

    [Fact]
    public async Task WhatIsNoAdapterFailsThatRequestAlone()
    {
        await File.WriteAllTextAsync(_file.At("text"), "no adapter at all");
        using var wide = new TestModel(new TransformerShape(Embedding: 128));

        Assert.Equal("CANNOT_LOAD", (await _base.AskAsync(Request(_file.At("missing")))).Failed.ErrorKind);
        Assert.Equal("CANNOT_LOAD", (await _base.AskAsync(Request(_file.At("text")))).Failed.ErrorKind);
        Assert.Contains("is not an adapter", (await _base.AskAsync(Request(_file.Path))).Failed.Message, StringComparison.Ordinal);
        Assert.Equal("CANNOT_LOAD", (await _base.AskAsync(Request(Make(1, wide)))).Failed.ErrorKind);
        Assert.Equal((uint)Tokens, (await _base.AskAsync(Request())).Finished.CompletionTokens);
    }

    private Submit Request(string? adapter = null)
    {
        var request = _base.Request(tokens: Tokens);
        request.Logprobs = 1;
        request.Adapters.AddRange(adapter is null ? [] : [adapter]);
        return request;
    }

    /// <summary>An adapter of random values, and beside it the model that has it in its weights.</summary>
    private string Make(ulong seed, TestModel? file = null)
    {
        file ??= _file;
        var path = file.At($"adapter-{seed}.gguf");
        using var model = file.ForAdapters(filled: false);
        var random = new RandomSource(seed);
        foreach (var parameter in model.Parameters.All)
        {
            parameter.Value.Write<float>(Enumerable.Range(0, (int)parameter.Value.Elements).Select(_ => random.NextNormal() * 0.15f).ToArray());
        }

        AdapterFile.Write(path, model);
        MergedFile.Write(path + ".merged", [file.Path], model);
        return path;
    }
}
