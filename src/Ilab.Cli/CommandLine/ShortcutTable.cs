namespace Ilab.Cli.CommandLine;

/// <summary>
/// Every flat command: the old commands of InstructLab and the top-level verbs of podman and Ollama. Help, completion, expansion and their test are all driven
/// by this table. Every word either runs a command or says in one line what to type.
/// </summary>
internal static class ShortcutTable
{
    private const string NoContainers = "it is a command for containers; ilab manages models, datasets, taxonomies and jobs: see 'ilab --help'";

    public static IReadOnlyList<Shortcut> All { get; } =
    [
        // InstructLab
        Command("chat", "model chat"),
        Command("check", "tax check"),
        Command("convert", "model convert"),
        Command("diff", "tax diff"),
        Command("download", "model download"),
        Command("generate", "data generate"),
        new("list", ShortcutKind.DiffOrList, "tax diff|model ls"),
        Command("test", "model inference"),
        Command("train", "model train"),
        Command("sysinfo", "system info"),
        Command("init", "config init"),
        Advice("evaluate", "'ilab model train --eval-split SHARE' measures the loss on held-out records, 'ilab model quantize --evaluate FILE' the perplexity"),
        // podman and Ollama
        Command("run", "model run"),
        Command("ls", "model ls"),
        Command("images", "model ls"),
        Command("ps", "model ps"),
        Command("rm", "model rm"),
        Command("rmi", "model rm"),
        Command("stop", "model stop"),
        Command("kill", "model stop --force"),
        Command("pull", "model download"),
        Command("import", "model import"),
        Command("load", "model load"),
        Command("cp", "model cp"),
        Command("tag", "model tag"),
        Command("inspect", "model inspect"),
        Command("show", "model inspect"),
        Command("exists", "model exists"),
        Command("logs", "job logs"),
        Command("wait", "job wait"),
        Command("attach", "job attach"),
        Command("df", "system df"),
        Command("prune", "system prune"),
        Command("events", "system events"),
        Command("info", "system info"),
        Command("version", "system version"),
        Command("serve", "model serve"),
        Advice("start", "'ilab system start' starts the service, 'ilab model load NAME' loads a model"),
        Advice("restart", "'ilab model stop NAME' unloads a model, 'ilab model load NAME' loads it again"),
        Advice("create", "'ilab model import PATH' adds a GGUF model, 'ilab model convert PATH' a Hugging Face one, 'ilab model train' makes a new one"),
        Advice("build", "'ilab model import PATH' adds a GGUF model, 'ilab model convert PATH' a Hugging Face one, 'ilab model train' makes a new one"),
        Advice("commit", "'ilab model tag SOURCE NAME' names a model, 'ilab model train' makes a new one"),
        Advice("save", "'ilab model convert NAME --to safetensors --output DIR' writes a model to files"),
        Advice("export", "'ilab data export DATASET' writes a dataset to files, 'ilab model convert NAME --to safetensors --output DIR' a model"),
        Advice("push", "'ilab model convert NAME --to safetensors --output DIR' writes files that can be uploaded"),
        Advice("search", "'ilab model ls --filter name=PATTERN' searches the store, 'ilab model download SOURCE' takes a repository or an address"),
        Advice("login", "'ilab secret create NAME' stores a token; 'ilab model download --token-secret NAME' uses it"),
        Advice("logout", "'ilab secret ls' lists stored tokens, 'ilab secret rm NAME' removes one"),
        Advice("signin", "'ilab secret create NAME' stores a token; 'ilab model download --token-secret NAME' uses it"),
        Advice("signout", "'ilab secret ls' lists stored tokens, 'ilab secret rm NAME' removes one"),
        Advice("history", "'ilab model inspect NAME' shows where a model comes from, 'ilab data inspect DATASET' a dataset"),
        Command("top", "model top"),
        Command("stats", "model top"),
        Advice("rename", "'ilab model cp OLD NEW' and then 'ilab model rm OLD'"),
        Advice("untag", "'ilab model rm NAME' removes a name, and the data with the last name"),
        Advice("update", "'ilab model download SOURCE' fetches the newest version"),
        Advice("auto-update", "'ilab model download SOURCE' fetches the newest version"),
        Advice("launch", "'ilab model run NAME' talks to a model"),
        Advice("image", "models take the place of images: 'ilab model ls', 'ilab model --help'"),
        Advice("healthcheck", "'ilab system check' checks the service"),
        .. new[]
        {
            "artifact",
            "compose",
            "container",
            "exec",
            "farm",
            "kube",
            "machine",
            "manifest",
            "mount",
            "network",
            "pause",
            "play",
            "pod",
            "port",
            "quadlet",
            "umount",
            "unmount",
            "unpause",
            "unshare",
            "volume",
        }.Select(static name => Advice(name, NoContainers)),
    ];

    public static Shortcut? Find(string name) => All.FirstOrDefault(shortcut => shortcut.Name == name);

    private static Shortcut Command(string name, string target) => new(name, ShortcutKind.Command, target);

    private static Shortcut Advice(string name, string text) => new(name, ShortcutKind.Advice, text);
}
