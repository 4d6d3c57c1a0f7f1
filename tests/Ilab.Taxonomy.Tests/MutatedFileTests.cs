using System.Text;
using Ilab.Testing.Mutations;

namespace Ilab.Taxonomy.Tests;

/// <summary>Damaged files of a taxonomy: the checker finds what is wrong and never fails itself.</summary>
[Collection(nameof(Alone))]
public sealed class MutatedFileTests
{
    private static readonly ReaderPromise NoException = new(static _ => false);

    [Theory]
    [InlineData(Qna.SkillPath, false)]
    [InlineData(Qna.KnowledgePath, false)]
    [InlineData(Qna.SkillPath, true)]
    public async Task EachIsCheckedWithOneLineForEachFinding(string path, bool fix)
    {
        var (original, invalid) = (Encoding.UTF8.GetBytes(path == Qna.SkillPath ? Qna.Skill() : Qna.Knowledge()), 0);
        var report = await ReaderCheck.RunAsync(
            original,
            bytes =>
            {
                var verdict = Qna.Check(bytes, path, fix: fix);
                invalid += verdict.IsValid ? 0 : 1;
                foreach (var finding in verdict.Findings)
                {
                    Assert.DoesNotContain(finding.Message, char.IsControl);
                    Assert.InRange(finding.Message.Length, 1, 1000);
                    Assert.InRange(finding.Line, 0, bytes.Length + 1);
                }
            },
            NoException
        );
        Assert.True(report.Problems.Count == 0, report.ToString());
        Assert.InRange(invalid, 100, 199);
    }
}
