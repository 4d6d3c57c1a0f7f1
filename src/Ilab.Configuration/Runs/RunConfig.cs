using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Reading;
using Ilab.Configuration.Runs.Records;
using Ilab.Configuration.Runs.Values;
using Ilab.Configuration.Runs.Writing;

namespace Ilab.Configuration.Runs;

/// <summary>
/// A run config: what to train, evaluate or answer, in files that users of Oumi recognise. Every field has a value; <see cref="ConfigSection.IsWritten"/>
/// tells what the file says itself. Does not change; <see cref="ConfigBuilder.From"/> makes another one of it.
/// </summary>
public sealed class RunConfig
{
    internal RunConfig(string file, ConfigSection root, string header = "", IReadOnlyDictionary<string, string>? comments = null)
    {
        File = file;
        Root = root;
        Kind = RunKinds.Find(root.Class.Kind) ?? throw new ArgumentException($"{root.Class.Name} is no top of a file", nameof(root));
        Header = header;
        Comments = comments;
    }

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }

    public RunKind Kind { get; }

    /// <summary>All values with their places.</summary>
    public ConfigSection Root { get; }

    /// <summary>The comment at the top that is written with it.</summary>
    public string Header { get; }

    internal IReadOnlyDictionary<string, string>? Comments { get; }

    /// <exception cref="InvalidOperationException">It is of another kind.</exception>
    public TrainingConfig Train => new(Of(RunKind.Train));

    /// <exception cref="InvalidOperationException">It is of another kind.</exception>
    public InferenceConfig Infer => new(Of(RunKind.Infer));

    /// <exception cref="InvalidOperationException">It is of another kind.</exception>
    public EvaluationConfig Eval => new(Of(RunKind.Eval));

    /// <exception cref="InvalidOperationException">It is of another kind.</exception>
    public JobConfig Job => new(Of(RunKind.Job));

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Such as <c>training.max_steps=100</c>; later ones win.</param>
    /// <exception cref="ConfigException">It cannot be used; holds everything that is wrong with it.</exception>
    public static RunConfig Load(string path, params IReadOnlyList<string> overrides) => ConfigReader.ReadFile(path, overrides: overrides).Require();

    /// <summary>Reads a text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="kind">Null = told from its keys.</param>
    /// <param name="overrides">As above.</param>
    /// <exception cref="ConfigException">As above.</exception>
    public static RunConfig Parse(string text, RunKind? kind = null, params IReadOnlyList<string> overrides) =>
        ConfigReader.ReadText(text, "config", kind, overrides).Require();

    /// <summary>The config as YAML; reading it gives the same values.</summary>
    /// <param name="withDefaults">Also what nobody wrote.</param>
    public string ToYaml(bool withDefaults = false) => new ConfigWriter(withDefaults, Comments).Write(Root, Header);

    /// <summary>Writes <see cref="ToYaml"/> to a file, in one step: nobody sees half of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <exception cref="IOException">The file exists, or it cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Permission is missing.</exception>
    public void Save(string path, bool overwrite = false)
    {
        if (!overwrite && (System.IO.File.Exists(path) || Directory.Exists(path)))
        {
            throw new IOException($"{path} exists");
        }

        ConfigFiles.Replace(path, ToYaml());
    }

    private ConfigSection Of(RunKind kind) =>
        Kind == kind ? Root : throw new InvalidOperationException($"{File} is a config of the kind {RunKinds.NameOf(Kind)}, not {RunKinds.NameOf(kind)}");
}
