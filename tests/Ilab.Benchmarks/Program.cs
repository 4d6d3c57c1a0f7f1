using Ilab.Benchmarks.Gpu;
using Ilab.Benchmarks.Measure;
using Ilab.Benchmarks.Suites;

if (args is ["gpu", .. var check])
{
    return await GpuCheck.MainAsync(check);
}

ISuite[] suites =
[
    new StartupSuite(),
    new ListSuite(),
    new ImportSuite(),
    new ConvertSuite(Number("--mebibytes", 2048)),
    new StoreSuite(),
    new DecodeSuite(Values("--peer")),
    new SynthesisSuite(),
    new AcceleratorSuite(Values("--shapes"), Values("--types")),
    new TrainingSuite(Values("--shapes"), Values("--kinds")),
    new MemorySuite(Values("--shapes")),
    new FactsSuite(),
    new BusySuite(Values("--llama-server").FirstOrDefault(), Number("--rounds", 7), Values("--kinds")),
    new ServingSuite(
        new ServingPeers(
            Values("--llama-server").FirstOrDefault(),
            Values("--llama-options"),
            Values("--trees"),
            args.Contains("--http"),
            [.. Values("--settings").Select(static setting => "--" + setting)],
            Values("--peer")
        ),
        Values("--shapes"),
        Values("--kinds"),
        Values("--clients"),
        Number("--rounds", 5)
    ),
    new SpeculationSuite(Values("--shapes").FirstOrDefault(static shape => File.Exists(shape)), Number("--rounds", 5)),
    new SoakSuite(Number("--requests", 100_000), Number("--loads", 500)),
];
var json = Values("--json").FirstOrDefault();
string[] names = [.. args.TakeWhile(static argument => !argument.StartsWith("--", StringComparison.Ordinal))];
if (names.Length == 0 || names.Any(name => name != "all" && suites.All(suite => suite.Name != name)))
{
    var known = string.Join('|', suites.Select(static suite => suite.Name));
    Console.Error.WriteLine(
        $"usage: dotnet run -c Release --project tests/Ilab.Benchmarks -- all|{known} [...] [--json FILE]\n"
            + "       [--shapes 14M,110M,1B,8x40M] [--types F32,BF16,Q8_0,Q4_K] [--requests N] [--loads N] [--peer llamasharp]\n"
            + "       [--kinds f32,f32-onednn,best,qlora,full,scratch | decode,prompt,training] [--rounds N] [--llama-server PATH]\n"
            + "       [--trees DIR,DIR] [--clients 1,4,16,32] [--settings accelerator=off,...] [--http] [--llama-options -fa,on]"
    );
    return 2;
}

var report = new Report();
foreach (var suite in suites.Where(suite => (names.Contains("all") && suite is not SoakSuite) || names.Contains(suite.Name)))
{
    Console.Error.WriteLine($"{suite.Name}:");
    await suite.RunAsync(report, CancellationToken.None);
}

report.WriteTable(Console.Out);
if (json is not null)
{
    report.WriteJson(json);
}

return report.AllMet ? 0 : 1;

string[] Values(string option) => args.SkipWhile(argument => argument != option).Skip(1).FirstOrDefault()?.Split(',') ?? [];

int Number(string option, int otherwise) => Values(option) is [var text] ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
