using System.Text.RegularExpressions;

namespace Ilab.Architecture.Tests.Source;

/// <summary>Rules that no analyzer on the feed checks, as text scans with their exceptions named.</summary>
public sealed partial class CodeRuleTests
{
    private const string EmptyCatch = @"catch\b[^{}]*\{\s*\}";

    [Theory]
    [InlineData(@"\[DllImport", "LibraryImport only")]
    [InlineData(@"async void ", "nobody awaits it")]
    [InlineData(@"\+= async ", "nobody awaits it")]
    [InlineData(@"\.GetAwaiter\(\)\.GetResult\(\)", "blocks a thread")]
    [InlineData(@"Message\.Contains\(", "a kind is never decided from a text")]
    [InlineData(@"NotImplementedException", "no stubs")]
    [InlineData(EmptyCatch, "an error is handled, logged or said")]
    public void TheProductDoesNotContain(string pattern, string reason)
    {
        // Over whole files: what the formatter lays out over several lines is found as well.
        Assert.Empty(
            from path in Repository.ProductSources()
            where Regex.IsMatch(Code(File.ReadAllText(path)), pattern)
            select $"{Repository.Relative(path)} ({reason})"
        );
    }

    [Theory]
    [InlineData("try\n{\n}\ncatch (Exception)\n{\n}\n")]
    [InlineData("try { } catch { }")]
    [InlineData("catch (IOException e) when (e.HResult == 1)\n    {\n    }")]
    public void AnEmptyCatchIsFoundHoweverItIsLaidOut(string code) => Assert.Matches(EmptyCatch, Code(code));

    [Theory]
    [InlineData("catch (Exception)\n{\n    // said elsewhere\n}")]
    [InlineData("catch\n{\n    _count++;\n}")]
    public void AHandledExceptionIsNone(string code) => Assert.DoesNotMatch(EmptyCatch, Code(code));

    /// <summary>Comments of a line: what they say, the code does not do; a comment in a block says why the block does nothing.</summary>
    private static string Code(string text) => Regex.Replace(Regex.Replace(text, @"^\s*//.*$", ";", RegexOptions.Multiline), @"\bis (not )?\{ \}", "is _");

    [Fact]
    public void OnlyTheMappingKnowsStatusCodes()
    {
        string[] allowed =
        [
            "src/Ilab.Daemon/Services/ErrorMapping",
            "src/Ilab.Daemon/Services/CallInterceptor",
            "src/Ilab.Client/Errors/",
            "src/Ilab.Runner/Hosting/",
            "src/Ilab.Engine/Runners/",
        ];
        Assert.DoesNotContain(Matches(StatusUse()), place => !allowed.Any(prefix => place.StartsWith(prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public void TheServiceWritesToItsLogOnly()
    {
        Assert.DoesNotContain(
            Matches(ConsoleUse()),
            place => place.StartsWith("src/Ilab.Engine/", StringComparison.Ordinal) || place.StartsWith("src/Ilab.Daemon/Services/", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void EventIdsOfLogMessagesAreUnique()
    {
        var doubled =
            from path in Repository.ProductSources()
            from Match match in LogMessage().Matches(File.ReadAllText(path))
            group Repository.Relative(path) by match.Groups[1].Value into uses
            where uses.Count() > 1
            select $"{uses.Key}: {string.Join(", ", uses.Distinct())}";
        Assert.Empty(doubled);
    }

    private static IEnumerable<string> Matches(Regex expression) =>
        from path in Repository.ProductSources()
        from line in File.ReadLines(path).Index()
        where expression.IsMatch(line.Item) && !line.Item.TrimStart().StartsWith("//", StringComparison.Ordinal)
        select $"{Repository.Relative(path)}:{line.Index + 1}";

    [GeneratedRegex(@"new RpcException|\bStatusCode\.\w")]
    private static partial Regex StatusUse();

    [GeneratedRegex(@"\bConsole\.\w")]
    private static partial Regex ConsoleUse();

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex LogMessage();
}
