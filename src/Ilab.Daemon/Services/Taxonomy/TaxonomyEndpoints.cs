using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Taxonomy;

namespace Ilab.Daemon.Services.Taxonomy;

/// <summary>ilab.v1.TaxonomyService; one file per call.</summary>
internal sealed partial class TaxonomyEndpoints : TaxonomyService.TaxonomyServiceBase
{
    internal static Ilab.Taxonomy.TaxonomyFile ToEngine(Api.V1.TaxonomyFile file) =>
        new(
            file.Path,
            file.FullPath,
            file.Content.Memory,
            Math.Max((long)file.Size, file.Content.Length),
            file.Attribution is { } attribution ? new Attribution(attribution.Exists, attribution.Content.Memory) : null
        );

    internal static TaxonomyVerdict ToWire(Verdict verdict)
    {
        var wire = new TaxonomyVerdict
        {
            Path = verdict.Path,
            Valid = verdict.IsValid,
            Kind = verdict.Kind,
            Version = verdict.Version,
            Omitted = (uint)verdict.Omitted,
        };
        wire.Findings.AddRange(
            verdict.Findings.Select(static finding => new TaxonomyFinding
            {
                Path = finding.Path,
                Line = (uint)finding.Line,
                Column = (uint)finding.Column,
                Level = (TaxonomyLevel)(int)finding.Level,
                Rule = finding.Rule,
                Place = finding.Place,
                Message = finding.Message,
                Fix = finding.Fix,
                Fixable = finding.IsFixable,
            })
        );
        if (verdict.Fix is { } fix)
        {
            wire.Fix = new TaxonomyFix
            {
                Content = UnsafeByteOperations.UnsafeWrap(fix.Content),
                Diff = fix.Diff,
                Repaired = (uint)fix.Repaired,
            };
        }

        if (verdict.Document is { } document)
        {
            wire.Document = new TaxonomyDocument { Repo = document.Repository, Commit = document.Commit };
            wire.Document.Patterns.AddRange(document.Patterns);
        }

        return wire;
    }
}
