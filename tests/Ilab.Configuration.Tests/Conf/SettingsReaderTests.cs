using Ilab.Configuration.Conf;
using Ilab.Configuration.Service;
using Ilab.Configuration.Settings;
using Ilab.Testing;

namespace Ilab.Configuration.Tests.Conf;

/// <summary>Values and their origins, from all sources in their order.</summary>
public sealed class SettingsReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheLaterSourceWins()
    {
        Assert.Equal(("40", SettingOrigin.Default, ""), Of("generation.top-k"));
        var path = _folder.File("etc/ilab.conf", "generation:\n  top-k: 1\n");
        Assert.Equal(("1", SettingOrigin.Etc, $"{path}:2"), Of("generation.top-k"));
        path = _folder.File("etc/ilab.conf.d/10.conf", "generation: {top-k: 2}\n");
        Assert.Equal(("2", SettingOrigin.Etc, $"{path}:1"), Of("generation.top-k"));
        path = _folder.File("home/ilab.conf", "\ngeneration:\n  top-k: 3\n");
        Assert.Equal(("3", SettingOrigin.File, $"{path}:3"), Of("generation.top-k"));
        _folder.File("home/ilab.conf.d/10.conf", "generation:\n  top-k: 4\n");
        path = _folder.File("home/ilab.conf.d/20.conf", "generation:\n  top-k: 5\n");
        _folder.File("home/ilab.conf.d/30.txt", "generation:\n  top-k: 6\n");
        Assert.Equal(("5", SettingOrigin.DropIn, $"{path}:2"), Of("generation.top-k"));
        _environment["ILAB_GENERATION_TOP_K"] = "7";
        Assert.Equal(("7", SettingOrigin.Environment, "ILAB_GENERATION_TOP_K"), Of("generation.top-k"));
    }

    [Fact]
    public void TheServicesOwnFileIsOneOfThem()
    {
        var path = _folder.File("etc/ilabd.conf", "# of the machine\nthreads = 2\nparallel = 8\n");
        Assert.Equal(("2", SettingOrigin.Etc, $"{path}:2"), Of("service.threads"));
        path = _folder.File("home/ilab.conf", "service:\n  threads: 3\n");
        Assert.Equal(("3", SettingOrigin.File, $"{path}:2"), Of("service.threads"));
        Assert.Equal("8", Of("service.parallel").Text);
        Assert.DoesNotContain(Reader().ReadClient().Values, static value => value.Setting.Section == "service");
    }

    [Fact]
    public void WhatIsWrongInOneSourceIsSaidWithTheOthers()
    {
        _folder.File("etc/ilabd.conf", "threads = many\nnonsense = 1\n");
        _folder.File("home/ilab.conf", "generation:\n  top-k: none\n");
        _environment["ILAB_TRAINING_RANK"] = "0";
        var problems = Reader().ReadAll().Problems.Select(static problem => problem.ToString()).ToList();
        Assert.Equal(4, problems.Count);
        Assert.Contains(problems, static problem => problem.Contains("ilabd.conf:1: service.threads", StringComparison.Ordinal));
        Assert.Contains(problems, static problem => problem.Contains("ilabd.conf:2: unknown setting nonsense", StringComparison.Ordinal));
        Assert.Contains(problems, static problem => problem.Contains("ilab.conf:2:10: generation.top-k", StringComparison.Ordinal));
        Assert.Contains(problems, static problem => problem.StartsWith("ILAB_TRAINING_RANK: training.rank", StringComparison.Ordinal));
        Assert.Equal(2, Reader().ReadClient().Problems.Count); // ilabd.conf is no business of the client
    }

    [Theory]
    [InlineData(SettingOrigin.Etc, true)]
    [InlineData(SettingOrigin.DropIn, false)]
    public void WhatOnlyTheMachineCanMendIsAWarning(SettingOrigin origin, bool isWarning)
    {
        var denied = new ConfLocation("/x/ilab.conf.d", origin) { Problem = new ConfProblem("/x/ilab.conf.d", 0, 0, ConfProblem.Denied) };
        Assert.Equal(isWarning, Assert.Single(denied.Read(new ConfReader(SettingTable.All)).Problems).IsWarning);
        var broken = new ConfLocation(_folder.File("ilab.conf", "x: 1\n"), origin);
        Assert.False(Assert.Single(broken.Read(new ConfReader(SettingTable.All)).Problems).IsWarning);
    }

    [Fact]
    public void AServiceFileThatIsNoTextIsSaidInOneLine()
    {
        var path = _folder.File("etc/ilabd.conf", "");
        File.WriteAllBytes(path, System.Text.Encoding.BigEndianUnicode.GetBytes("threads = 2\n"));
        Assert.Contains("the file is UTF-16 without a byte order mark", Assert.Single(ServiceFile.Read(path).Problems).ToString(), StringComparison.Ordinal);
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. "threads = 2\r\n"u8]);
        Assert.Equal("2", Assert.Single(ServiceFile.Read(path).Entries).Values[0]);
        using (var stream = File.Create(path))
        {
            stream.SetLength(1L << 40);
        }

        Assert.Contains("larger than 1 MiB", Assert.Single(ServiceFile.Read(path).Problems).ToString(), StringComparison.Ordinal);
        Assert.Contains("is a directory", Assert.Single(ServiceFile.Read(Path.GetDirectoryName(path)!).Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AProblemSaysWhichSectionIsMeant()
    {
        _folder.File("home/ilab.conf", "conection: {url: a}\nrank: 8\ntraining: {rnk: 1, alpha: x}\ngeneration: {url: a}\nelsewhere: 1\n");
        _environment["ILAB_OUTPUT_FORMAT"] = "x";
        Assert.Equal(
            ["connection", "training", "training", "training", "connection", "elsewhere", "output"],
            Reader().ReadClient().Problems.Select(static problem => problem.Section)
        );
    }

    [Fact]
    public void TheOneFileHasToExist()
    {
        var typo = Path.Combine(_folder.Path, "typo.conf");
        var location = Assert.Single(new ConfLocations(null, _folder.Path, typo).All);
        Assert.Equal($"{typo}: no such file; ILAB_CONF names it", Assert.Single(location.Read(new ConfReader(SettingTable.All)).Problems).ToString());
        _environment["ILAB_CONF"] = typo;
        Assert.Contains(Service("--root", _folder.Path).Problems, problem => problem.Contains("no such file", StringComparison.Ordinal));
    }

    [Fact]
    public void OneVariableReplacesAllFiles()
    {
        _folder.File("home/config/ilab.conf", "generation:\n  top-k: 3\n");
        var only = _folder.File("only.conf", "generation:\n  top-p: 0.5\n");
        var variables = new Dictionary<string, string> { ["ILAB_ROOT"] = Path.Combine(_folder.Path, "home") };
        Assert.Equal(
            [Path.Combine(_folder.Path, "home", "config", "ilab.conf")],
            ConfLocations.Of(variables.GetValueOrDefault).All.Select(static location => location.Path)
        );
        variables["ILAB_CONF"] = only;
        var reading = new SettingsReader(ConfLocations.Of(variables.GetValueOrDefault), variables.GetValueOrDefault).ReadAll();
        Assert.Equal(("40", "0.5"), (reading["generation.top-k"].Text, reading["generation.top-p"].Text));
    }

    [Fact]
    public void TheServiceReadsItsSectionAndNothingElseOfTheFile()
    {
        _folder.File("etc/ilabd.conf", "threads = 2\nparallel = 4\n");
        var path = _folder.File("root/config/ilab.conf", "generation: of no concern here\nservice:\n  threads: 3\n  http-origins: [http://a, http://b]\n");
        var root = Path.Combine(_folder.Path, "root");
        var options = Service("--root", root).Options!;
        Assert.Equal((3, 32), (options.Threads, options.Parallel)); // a root of its own has no /etc
        Assert.Equal(["http://a", "http://b"], options.HttpOrigins);
        Assert.Contains($"threads=3 ({path})", options.Effective);

        Assert.Equal((2, 4), (Service("--system").Options!.Threads, Service("--system").Options!.Parallel));
        Assert.Equal(5, Service("--root", root, "--threads", "5").Options!.Threads);

        _folder.File("root/config/ilab.conf", "service:\n  threads: 3\n  paralel: 2\n");
        Assert.Contains("ilab.conf:3:3: unknown key \"paralel\"", Assert.Single(Service("--root", root).Problems), StringComparison.Ordinal);
    }

    private OptionsResult Service(params string[] arguments) =>
        new OptionsReader(_environment.GetValueOrDefault, "1", Path.Combine(_folder.Path, "etc")).Read(arguments);

    private SettingsReader Reader() =>
        new(new ConfLocations(Path.Combine(_folder.Path, "etc"), Path.Combine(_folder.Path, "home")), _environment.GetValueOrDefault);

    private (string Text, SettingOrigin Origin, string Source) Of(string key)
    {
        var reading = Reader().ReadAll();
        Assert.Empty(reading.Problems);
        return (reading[key].Text, reading[key].Origin, reading[key].Source);
    }
}
