using Ilab.Engine.Access;
using Ilab.Engine.Planning;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Tests.Wizard;

/// <summary>A service with two models and a dataset.</summary>
internal sealed class FakeFacts : IWizardFacts
{
    private readonly ModelFacts[] _models =
    [
        new("granite:latest", "granite", "F16")
        {
            Parameters = 2_500_000_000,
            Size = 5_000_000_000,
            ContextLength = 4096,
            Header = GuessedModel.OfParameters(2_500_000_000),
        },
        new("small", "llama", "Q8_0")
        {
            Parameters = 15_000_000,
            Size = 16_000_000,
            ContextLength = 512,
            Header = GuessedModel.OfParameters(15_000_000, 8.5),
        },
    ];

    /// <summary>Bytes of the only device.</summary>
    public long Free { get; set; } = 16_000_000_000;

    public Task<IReadOnlyList<ModelFacts>> ModelsAsync(Caller caller, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ModelFacts>>([.. _models.Select(static model => model with { Header = null })]);

    public Task<ModelFacts?> ModelAsync(Caller caller, string name, CancellationToken cancellationToken) =>
        Task.FromResult(Array.Find(_models, model => model.Name.Split(':')[0] == name.Split(':')[0]));

    public Task<IReadOnlyList<DatasetFacts>> DatasetsAsync(Caller caller, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DatasetFacts>>([new DatasetFacts("facts:latest", 120, 40_000)]);

    /// <summary>How long the records of a dataset are; of a file, what <see cref="RecordSource.Open"/> opens is told by its length.</summary>
    public async Task<LengthFacts?> LengthsAsync(Caller caller, string? model, RecordSource data, CancellationToken cancellationToken)
    {
        if (data.Dataset.Length > 0)
        {
            return new LengthFacts([.. Enumerable.Range(20, 120)], 120, true);
        }

        await using var stream = data.Open?.Invoke();
        return stream is null ? null : new LengthFacts([(int)stream.Length], 1, false);
    }

    public Task<bool> IsAcceleratedAsync(CancellationToken cancellationToken) => Task.FromResult(false);

    public int Threads => 4;

    public IReadOnlyList<DeviceFacts> Devices() => [new("cpu", Free, false)];
}
