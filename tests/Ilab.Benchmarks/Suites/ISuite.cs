using Ilab.Benchmarks.Measure;

namespace Ilab.Benchmarks.Suites;

/// <summary>One group of measurements with its own service.</summary>
internal interface ISuite
{
    string Name { get; }

    Task RunAsync(Report report, CancellationToken cancellationToken);
}
